#include "json_view.hpp"

namespace vedette::cli {

JsonView JsonView::operator[](std::string_view key) const {
  simdjson::dom::object object;
  simdjson::dom::element member;
  if (!there_ || element_.get(object) != simdjson::SUCCESS) return {};
  return object[key].get(member) == simdjson::SUCCESS ? JsonView(member) : JsonView();
}

std::string JsonView::text() const {
  if (!there_) return {};
  std::string_view string;
  if (element_.get(string) == simdjson::SUCCESS) return std::string(string);
  return element_.is_object() || element_.is_array() ? std::string() : simdjson::minify(element_);
}

std::int64_t JsonView::integer() const {
  std::int64_t number = 0;
  return there_ && element_.get(number) == simdjson::SUCCESS ? number : 0;
}

double JsonView::real() const {
  double number = 0;
  return there_ && element_.get(number) == simdjson::SUCCESS ? number : 0;
}

bool JsonView::flag() const {
  bool value = false;
  return there_ && element_.get(value) == simdjson::SUCCESS && value;
}

std::vector<JsonView> JsonView::items() const {
  std::vector<JsonView> out;
  simdjson::dom::array array;
  if (!there_ || element_.get(array) != simdjson::SUCCESS) return out;
  for (const simdjson::dom::element item : array) out.emplace_back(item);
  return out;
}

std::vector<std::string> JsonView::texts() const {
  std::vector<std::string> out;
  for (const JsonView& item : items()) out.push_back(item.text());
  return out;
}

std::string JsonView::joined(std::string_view by) const {
  std::string out;
  for (const std::string& text : texts()) {
    if (!out.empty()) out += by;
    out += text;
  }
  return out;
}

std::string JsonView::json() const {
  return there_ ? simdjson::minify(element_) : "null";
}

base::Result<JsonDocument> JsonDocument::parse(std::string_view text) {
  JsonDocument document;
  simdjson::dom::element root;
  if (document.parser_->parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) {
    return base::make_error(base::ErrorCode::corrupt, "the server's answer is no JSON");
  }
  document.root_ = JsonView(root);
  return document;
}

}  // namespace vedette::cli
