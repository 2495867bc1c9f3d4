// Dissect patterns, as of Logstash and Elasticsearch: "%{a} - %{b->} %{?skipped} %{+a/2} %{*name}=%{&name}".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/result.hpp"

namespace vedette::query {

// Keys are delimited by literal text. Modifiers:
//   %{?name}, %{}     skipped
//   %{+name}          appended to name with a blank between; %{+name/2} says in which order
//   %{*name} %{&name} the first is the name, the second the value of a field
//   %{name->}         the delimiter behind it may be repeated
class DissectPattern {
 public:
  // invalid_argument, saying what is wrong.
  static base::Result<DissectPattern> parse(std::string_view pattern);
  // Fields in order of the pattern, views into `text` except for appended ones; nullopt if the text does not
  // have the pattern. `joined` keeps what was appended.
  using Fields = std::vector<std::pair<std::string, std::string_view>>;
  std::optional<Fields> match(std::string_view text, std::vector<std::string>& joined) const;
  // Names that are known from the pattern alone.
  std::vector<std::string> names() const;

 private:
  enum class Kind : std::uint8_t { plain, skip, append, name, value };
  struct Key {
    Kind kind = Kind::plain;
    std::string name;
    int order = 0;
    bool padded = false;
    std::string delimiter;  // behind it; empty: to the end
  };
  static base::Result<Key> parse_key(std::string_view inside);
  base::Status check() const;

  std::string before_;
  std::vector<Key> keys_;
};

}  // namespace vedette::query
