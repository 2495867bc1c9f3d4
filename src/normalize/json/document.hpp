// A JSON value as a flat array of nodes, read in one pass.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/arena.hpp"
#include "vedette/model/value.hpp"

namespace vedette::normalize::json {

enum class Kind : std::uint8_t { null, boolean, integer, real, string, array, object };

// The members of a container follow it; `size` of a container counts all nodes below it.
struct Node {
  const char* key_data = nullptr;
  union {
    const char* text;
    std::int64_t integer;
    double real;
  };
  std::uint32_t key_size = 0;
  std::uint32_t size : 29;  // bytes of a string, nodes below a container
  Kind kind : 3;

  Node() : text(nullptr), size(0), kind(Kind::null) {}

  std::string_view key() const { return {key_data, key_size}; }
  std::string_view string() const { return {text, size}; }  // kind == string
  bool is_container() const { return kind >= Kind::array; }
  bool is_object() const { return kind == Kind::object; }
  bool is_string() const { return kind == Kind::string; }
  const Node* first() const { return this + 1; }  // container: its first member, or its end
  const Node* next() const { return this + 1 + (is_container() ? size : 0); }
  const Node* end() const { return next(); }  // container: one past its last member

  // The first member of an object with that name, or nullptr.
  const Node* find(std::string_view name) const;
  // A scalar as a value; null for containers. Strings are not copied.
  model::Value value() const;
};
static_assert(sizeof(Node) == 24);

// Reads RFC 8259 texts; beyond it takes control characters and invalid UTF-8 in strings as they are (hostile
// bytes must not hide a record). Integers beyond int64 and reals beyond double are kept as strings of their
// digits. Not thread safe; reused from record to record.
class Document {
 public:
  static constexpr std::size_t kMaxDepth = 128;
  static constexpr std::size_t kMaxValues = std::size_t{1} << 20;
  static constexpr std::size_t kMaxBytes = (std::size_t{1} << 29) - 1;

  // Strings point into `text`, or into `arena` if they held escapes. False if the text is not one JSON value:
  // error() says why, and what was read before the fault stays.
  bool parse(std::string_view text, base::Arena& arena);

  // Null if nothing was read.
  const Node* root() const { return nodes_.empty() ? nullptr : nodes_.data(); }
  const std::string& error() const { return error_; }

 private:
  class Reader;
  std::vector<Node> nodes_;
  std::string error_;
};

}  // namespace vedette::normalize::json
