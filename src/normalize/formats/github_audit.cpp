// The audit log of a GitHub organisation or enterprise. Fields keep their names.
#include "formats/formats.hpp"
#include "json/shape.hpp"

namespace vedette::normalize {
namespace {

using json::Top;

int match_github(const Top& top) {
  const std::string_view action = top.text("action");
  if (action.find('.') == std::string_view::npos || !(top.has("@timestamp") || top.has("created_at")))
    return 0;
  const bool place = top.has("org") || top.has("business") || top.has("repo") || top.has("user");
  if (top.has("_document_id")) return place || top.has("actor") ? 99 : 60;
  return top.has("actor") && place ? 92 : 0;
}

void describe_github(const Top& top, Row& row) {
  json::take_time(top, row, {"@timestamp", "created_at"});
  row.dataset("github", "github.audit");
}

}  // namespace

const json::ShapeFormat& github_audit_format() {
  static const json::ShapeFormat format(
      {{.name = "github-audit",
        .title = "GitHub audit log",
        .summary = "What members and applications do in a GitHub organisation.",
        .framing = Framing::json,
        .payload = true},
       match_github,
       json::open_writer<json::FlatWriter<describe_github>>});
  return format;
}

}  // namespace vedette::normalize
