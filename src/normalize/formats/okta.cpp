// The system log of Okta. Fields keep their names.
#include "formats/formats.hpp"
#include "json/shape.hpp"

namespace vedette::normalize {
namespace {

using json::Top;

int match_okta(const Top& top) {
  if (!top.has("eventType") || !top.has("published")) return 0;
  if (!top.has("actor") && !top.has("legacyEventType")) return 0;
  return top.has("uuid") || top.has("debugContext") || top.has("displayMessage") ? 99 : 75;
}

void describe_okta(const Top& top, Row& row) {
  json::take_time(top, row, {"published"});
  row.dataset("okta", "okta.system");
}

}  // namespace

const json::ShapeFormat& okta_format() {
  static const json::ShapeFormat format(
      {{.name = "okta",
        .title = "Okta system log",
        .summary = "Sign-ins, changes and alerts of the identity service Okta.",
        .framing = Framing::json,
        .payload = true},
       match_okta,
       json::open_writer<json::FlatWriter<describe_okta>>});
  return format;
}

}  // namespace vedette::normalize
