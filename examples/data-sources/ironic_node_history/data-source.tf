data "ironic_node_history" "worker" {
  node     = "worker-0"
  severity = "ERROR"
  limit    = 10
}

output "last_failures" {
  value = [for event in data.ironic_node_history.worker.events : "${event.created_at} ${event.event}"]
}
