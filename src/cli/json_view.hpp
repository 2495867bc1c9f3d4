// Reading JSON of a server: whatever is missing or of another type is empty.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "vedette/base/result.hpp"

namespace vedette::cli {

// A value within a JsonDocument, which it must not outlive.
class JsonView {
 public:
  JsonView() = default;
  explicit JsonView(simdjson::dom::element element) : element_(element), there_(!element.is_null()) {}

  bool there() const { return there_; }  // and not null
  JsonView operator[](std::string_view key) const;
  std::string text() const;  // strings as they are, numbers and booleans as JSON has them; "" of others
  std::int64_t integer() const;
  double real() const;
  bool flag() const;
  bool is_object() const { return there_ && element_.is_object(); }
  std::vector<JsonView> items() const;
  std::vector<std::string> texts() const;                             // of a list
  std::string joined(std::string_view by) const;                      // texts()
  std::string json() const;                                           // "null" if it is not there
  const simdjson::dom::element& element() const { return element_; }  // if there()

 private:
  simdjson::dom::element element_;
  bool there_ = false;
};

class JsonDocument {
 public:
  // corrupt: no JSON.
  static base::Result<JsonDocument> parse(std::string_view text);
  JsonView root() const { return root_; }
  JsonView operator[](std::string_view key) const { return root_[key]; }

 private:
  std::unique_ptr<simdjson::dom::parser> parser_ = std::make_unique<simdjson::dom::parser>();
  JsonView root_;
};

}  // namespace vedette::cli
