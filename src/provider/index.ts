// The Terraform provider `ironic`. This is the room's only door.
export { ironicProvider } from "./provider";
