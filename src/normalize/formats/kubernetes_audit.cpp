// The audit log of the Kubernetes API server. Fields keep their names.
#include "formats/formats.hpp"
#include "json/shape.hpp"

namespace vedette::normalize {
namespace {

using json::Top;

int match_kubernetes(const Top& top) {
  if (top.text("kind") == "Event" && top.text("apiVersion").starts_with("audit.k8s.io/")) return 99;
  return top.has("auditID") && top.has("verb") && top.has("requestURI") ? 97 : 0;
}

void describe_kubernetes(const Top& top, Row& row) {
  json::take_time(top, row, {"requestReceivedTimestamp", "stageTimestamp", "timestamp"});
  row.dataset("kubernetes", "kubernetes.audit");
}

}  // namespace

const json::ShapeFormat& kubernetes_audit_format() {
  static const json::ShapeFormat format({{.name = "kubernetes-audit",
                                          .title = "Kubernetes audit log",
                                          .summary = "Requests to the API server of a Kubernetes cluster.",
                                          .framing = Framing::json,
                                          .payload = true},
                                         match_kubernetes,
                                         json::open_writer<json::FlatWriter<describe_kubernetes>>});
  return format;
}

}  // namespace vedette::normalize
