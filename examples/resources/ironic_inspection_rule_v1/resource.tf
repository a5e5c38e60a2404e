resource "ironic_inspection_rule_v1" "acme" {
  description = "Machines of ACME have a trait"
  priority    = 100

  conditions = [
    { op = "eq", args = { values = ["{inventory[system_vendor][manufacturer]}", "ACME"] } },
    { op = "!is-empty", args = { value = "{inventory[disks]}" } },
  ]
  actions = [
    { op = "add-trait", args = { name = "CUSTOM_ACME" } },
    { op = "set-attribute", args = { path = "/extra/rack", value = 7 } },
  ]
}
