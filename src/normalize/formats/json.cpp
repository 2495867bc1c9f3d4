// Any JSON object, ECS documents among them: the fields keep their names.
#include "formats/formats.hpp"
#include "json/shape.hpp"

namespace vedette::normalize {
namespace {

using json::Node;
using json::Top;

// Members that hold the time of the event, the best first.
constexpr std::string_view kTimeNames[] = {
    "@timestamp", "timestamp",     "time",          "ts",          "eventTime",   "event_time", "EventTime",
    "published",  "TimeGenerated", "timeGenerated", "TimeCreated", "created_at",  "createdAt",  "datetime",
    "date",       "Timestamp",     "_time",         "log_time",    "timeCreated", "asctime",    "t"};

void describe_json(const Top& top, Row& row) {
  for (const std::string_view name : kTimeNames) {
    const Node* node = top.find(name);
    if (!node) continue;
    if (const auto time = json::time_of(*node)) return row.time(*time);
  }
  // OpenTelemetry and others nest it.
  if (const Node* event = top.object("event")) {
    for (const std::string_view name : {"created", "time", "timestamp"}) {
      const Node* node = event->find(name);
      if (!node) continue;
      if (const auto time = json::time_of(*node)) return row.time(*time);
    }
  }
}

// What a more special format takes is not its own.
int match_json(const Top& top) {
  for (const json::ShapeFormat* format : json_formats()) {
    if (format != &json_format() && format->shape().match(top) >= json::kSure) return 10;
  }
  return json::kSure;
}

}  // namespace

const json::ShapeFormat& json_format() {
  static const json::ShapeFormat format(
      {{.name = "json",
        .title = "JSON",
        .summary = "JSON objects of any shape, ECS documents among them, one a line "
                   "or pretty-printed, in arrays or wrapper objects.",
        .framing = Framing::json,
        .payload = true},
       match_json,
       json::open_writer<json::FlatWriter<describe_json>>});
  return format;
}

}  // namespace vedette::normalize
