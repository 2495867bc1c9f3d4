// A YAML document as a tree with places, for files that people write (rules, mappings, configuration).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/diagnostic.hpp"
#include "vedette/base/result.hpp"

namespace vedette::base {

class YamlNode {
 public:
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };

  // Defined where the class is complete: libstdc++'s pair asks for them before.
  YamlNode();
  YamlNode(const YamlNode&);
  YamlNode(YamlNode&&) noexcept;
  YamlNode& operator=(const YamlNode&);
  YamlNode& operator=(YamlNode&&) noexcept;
  ~YamlNode();

  Kind kind = Kind::null;
  bool quoted = false;  // scalars: written in quotes or as a block, so never a number, a boolean or null
  std::string scalar;   // the text, escapes resolved
  std::vector<YamlNode> items;                         // sequences
  std::vector<std::pair<YamlNode, YamlNode>> entries;  // mappings, in the order of the file
  SourceSpan span;

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_mapping() const { return kind == Kind::mapping; }

  // The value under a key of a mapping, or nullptr (also if this is no mapping).
  const YamlNode* find(std::string_view key) const;
  // Scalar text under `key`, or empty.
  std::string_view text(std::string_view key) const;
  // A scalar or a list of scalars under `key`, as texts.
  std::vector<std::string> texts(std::string_view key) const;
};

inline YamlNode::YamlNode() = default;
inline YamlNode::YamlNode(const YamlNode&) = default;
inline YamlNode::YamlNode(YamlNode&&) noexcept = default;
inline YamlNode& YamlNode::operator=(const YamlNode&) = default;
inline YamlNode& YamlNode::operator=(YamlNode&&) noexcept = default;
inline YamlNode::~YamlNode() = default;

struct YamlLimits {
  std::size_t max_bytes = 4 * 1024 * 1024;  // of the text, and of all scalars after expansion of aliases
  std::size_t max_depth = 64;
  std::size_t max_nodes = 200'000;  // after expansion of aliases, so that alias bombs end here
};

// All documents of a YAML 1.1 stream. Plain scalars null, ~, Null, NULL and empty are Kind::null.
// Aliases are expanded; a cyclic alias, a duplicate key, or a passed limit is an error Diagnostic.
// The first error ends the reading; the documents read before it are returned, too.
// A merge key (<<) is replaced by the entries it brings, after the mapping's own; an own key wins over a
// merged one.
struct YamlStream {
  std::vector<YamlNode> documents;
  Diagnostics diagnostics;
};
YamlStream parse_yaml(std::string_view text, std::string_view file_name, const YamlLimits& limits = {});

// Plain (unquoted) scalar readings of YAML 1.2 core schema.
bool yaml_is_int(const YamlNode& node, std::int64_t& out);
bool yaml_is_float(const YamlNode& node, double& out);
bool yaml_is_bool(const YamlNode& node, bool& out);

}  // namespace vedette::base
