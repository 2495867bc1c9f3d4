// Activities of the Google Workspace Reports API. Fields keep their names.
#include <string>

#include "formats/formats.hpp"
#include "json/shape.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

using json::Node;
using json::Top;

int match_workspace(const Top& top) {
  if (top.text("kind") == "admin#reports#activity") return 99;
  return top.has("events") && top.has("actor") && top.find("id", "applicationName") ? 96 : 0;
}

void describe_workspace(const Top& top, Row& row) {
  if (const auto time = json::time_of(top.find("id", "time"))) row.time(*time);
  const Node* application = top.find("id", "applicationName");
  std::string dataset = "google_workspace";
  if (application && application->is_string()) {
    dataset += '.';
    for (const char c : application->string().substr(0, 64))
      dataset += base::is_alnum(c) ? base::ascii_lower(c) : '_';
  }
  row.dataset("google_workspace", dataset);
}

}  // namespace

const json::ShapeFormat& google_workspace_format() {
  static const json::ShapeFormat format(
      {{.name = "google-workspace",
        .title = "Google Workspace reports",
        .summary = "Admin, login, Drive, token and other activities of the Google Workspace Reports API.",
        .framing = Framing::json,
        .payload = true},
       match_workspace,
       json::open_writer<json::FlatWriter<describe_workspace>>});
  return format;
}

}  // namespace vedette::normalize
