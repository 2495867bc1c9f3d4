// Suricata's EVE log. Fields keep their names.
#include "formats/formats.hpp"
#include "json/shape.hpp"

namespace vedette::normalize {
namespace {

using json::Top;

int match_suricata(const Top& top) {
  if (!top.has("event_type") || !top.has("timestamp")) return 0;
  const std::string_view type = top.text("event_type");
  if (top.object(type)) return top.has("flow_id") || type == "stats" ? 99 : 80;
  return top.has("flow_id") && (top.has("src_ip") || top.has("proto")) ? 95 : 0;
}

void describe_suricata(const Top& top, Row& row) {
  json::take_time(top, row, {"timestamp"});
  row.dataset("suricata", "suricata.eve");
}

}  // namespace

const json::ShapeFormat& suricata_format() {
  static const json::ShapeFormat format(
      {{.name = "suricata",
        .title = "Suricata EVE",
        .summary = "Alerts and network events of the intrusion detection system Suricata.",
        .framing = Framing::json,
        .payload = true},
       match_suricata,
       json::open_writer<json::FlatWriter<describe_suricata>>});
  return format;
}

}  // namespace vedette::normalize
