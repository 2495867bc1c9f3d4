// Reading a JSON body by its places: every error names the path of the part it is about.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "vedette/base/result.hpp"
#include "vedette/model/search.hpp"

namespace vedette::query::es {

struct Node {
  simdjson::dom::element element;
  std::string path;  // "query.bool.must[1]"; empty for the body itself

  bool is_object() const { return element.is_object(); }
  bool is_array() const { return element.is_array(); }
  bool is_string() const { return element.is_string(); }
  bool is_null() const { return element.is_null(); }
  bool is_number() const { return element.is_number(); }
};

struct Member {
  std::string key;
  Node value;
};

base::Error invalid(const std::string& path, std::string_view what);
base::Error unsupported(const std::string& path);
std::string child_path(const std::string& path, std::string_view key);

// Members of an object, in order; an error if it is none.
base::Result<std::vector<Member>> members_of(const Node& node);
// Elements of an array; anything else is its own single element.
std::vector<Node> items_of(const Node& node);
// The single member of an object: {"field": ...}.
base::Result<Member> single_member(const Node& node);

base::Result<std::string> text_of(const Node& node);    // a string
base::Result<std::string> scalar_of(const Node& node);  // the canonical text of a string, number or boolean
base::Result<bool> flag_of(const Node& node);           // a boolean or "true", "false"
base::Result<std::int64_t> integer_of(const Node& node, std::int64_t least, std::int64_t most);
base::Result<double> number_of(const Node& node);  // or a text that is one
base::Result<model::Literal> literal_of(const Node& node);
base::Result<std::vector<std::string>> texts_of(const Node& node);  // a string or a list of strings
// Whether a part has no effect: null, false, {}, [], "".
bool is_empty(const Node& node);

}  // namespace vedette::query::es
