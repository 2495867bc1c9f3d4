// Log entries of Google Cloud Logging, audit logs (protoPayload) above all. Fields keep their names.
#include "formats/formats.hpp"
#include "json/shape.hpp"

namespace vedette::normalize {
namespace {

using json::Node;
using json::Top;

constexpr auto npos = std::string_view::npos;

int match_gcp(const Top& top) {
  const Node* payload = top.object("protoPayload");
  if (payload && (payload->find("methodName") || payload->find("serviceName"))) return 99;
  if (!top.has("logName")) {
    // From Pub/Sub, wrapped.
    const Node* data = top.object("data");
    return data && data->find("protoPayload") && data->find("logName") ? 97 : 0;
  }
  const bool entry = top.has("insertId") || top.has("receiveTimestamp");
  return entry && (top.has("resource") || payload) ? 97 : 0;
}

std::string_view dataset_of(std::string_view log, bool audit) {
  if (audit || log.find("cloudaudit.googleapis.com") != npos) return "gcp.audit";
  if (log.find("compute.googleapis.com%2Fvpc_flows") != npos) return "gcp.vpcflow";
  if (log.find("compute.googleapis.com%2Ffirewall") != npos) return "gcp.firewall";
  if (log.find("dns.googleapis.com") != npos) return "gcp.dns";
  return "gcp.logging";
}

void describe_gcp(const Top& top, Row& row) {
  json::take_time(top, row, {"timestamp", "receiveTimestamp"});
  std::string_view log = top.text("logName");
  bool audit = top.has("protoPayload");
  if (const Node* data = top.object("data")) {
    audit = audit || data->find("protoPayload");
    for (const std::string_view name : {"timestamp", "receiveTimestamp"}) {
      if (const auto time = json::time_of(data->find(name))) row.time(*time);
    }
  }
  row.dataset("gcp", dataset_of(log, audit));
}

}  // namespace

const json::ShapeFormat& gcp_audit_format() {
  static const json::ShapeFormat format(
      {{.name = "gcp-audit",
        .title = "Google Cloud audit logs",
        .summary = "Entries of Google Cloud Logging: audit logs, and the VPC flow, firewall and DNS logs.",
        .framing = Framing::json,
        .payload = true},
       match_gcp,
       json::open_writer<json::FlatWriter<describe_gcp>>});
  return format;
}

}  // namespace vedette::normalize
