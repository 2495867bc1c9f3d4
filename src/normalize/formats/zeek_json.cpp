// Zeek's logs as JSON (LogAscii::use_json, or the json-streaming-logs package). Fields keep Zeek's names.
#include "formats/formats.hpp"
#include "json/shape.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

using json::Top;

// Logs written without _path are told by a member that only they have.
struct Mark {
  std::string_view member, path;
};
constexpr Mark kMarks[] = {{"conn_state", "conn"},
                           {"qclass_name", "dns"},
                           {"qtype", "dns"},
                           {"rcode_name", "dns"},
                           {"trans_depth", "http"},
                           {"status_msg", "http"},
                           {"cert_chain_fuids", "ssl"},
                           {"curve", "ssl"},
                           {"certificate.serial", "x509"},
                           {"seen_bytes", "files"},
                           {"endpoint", "dce_rpc"},
                           {"named_pipe", "dce_rpc"},
                           {"request_type", "kerberos"},
                           {"domainname", "ntlm"},
                           {"share_type", "smb_mapping"},
                           {"times.modified", "smb_files"},
                           {"prev_name", "smb_files"},
                           {"hasshVersion", "ssh"},
                           {"auth_attempts", "ssh"},
                           {"kex_alg", "ssh"},
                           {"mailfrom", "smtp"},
                           {"helo", "smtp"},
                           {"security_protocol", "rdp"},
                           {"note", "notice"},
                           {"addl", "weird"},
                           {"peer", "weird"},
                           {"tunnel_type", "tunnel"},
                           {"software_type", "software"},
                           {"assigned_addr", "dhcp"},
                           {"data_channel.orig_h", "ftp"},
                           {"failure_reason", "dpd"},
                           {"indicator", "intel"},
                           {"community", "snmp"},
                           {"call_id", "sip"},
                           {"section_names", "pe"}};

int match_zeek(const Top& top) {
  if (!top.has("ts")) return 0;
  if (top.has("_path") &&
      (top.has("uid") || top.has("_system_name") || top.has("_write_ts") || top.has("id.orig_h"))) {
    return 99;
  }
  const bool endpoints = top.has("id.orig_h") || top.find("id", "orig_h");
  if (endpoints) return top.has("uid") ? 98 : 90;
  if (top.has("_path")) return 70;
  return top.has("fuid") && (top.has("seen_bytes") || top.has("mime_type")) ? 85 : 0;
}

std::string_view path_of(const Top& top) {
  const std::string_view path = top.text("_path");
  if (!path.empty()) return path;
  for (const Mark& mark : kMarks) {
    if (top.has(mark.member)) return mark.path;
  }
  return {};
}

void describe_zeek(const Top& top, Row& row) {
  json::take_time(top, row, {"ts", "_write_ts"});
  constexpr std::string_view kPrefix = "zeek.";
  char dataset[kPrefix.size() + 64] = "zeek.";
  std::size_t size = kPrefix.size();
  std::string_view path = path_of(top);
  if (path.empty()) path = "unknown";
  for (const char c : path.substr(0, 64)) {
    dataset[size++] = base::is_alnum(c) || c == '_' || c == '-' ? c : '_';
  }
  row.dataset("zeek", {dataset, size});
}

}  // namespace

const json::ShapeFormat& zeek_json_format() {
  static const json::ShapeFormat format({{.name = "zeek-json",
                                          .title = "Zeek (JSON)",
                                          .summary = "The logs of the network monitor Zeek, written as JSON.",
                                          .framing = Framing::json,
                                          .payload = true},
                                         match_zeek,
                                         json::open_writer<json::FlatWriter<describe_zeek>>});
  return format;
}

}  // namespace vedette::normalize
