#include "vedette/base/yaml.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include <yaml.h>

#include "vedette/base/text.hpp"

namespace vedette::base {
namespace {

// A node as written. Children and alias targets are pointers into the document's pool, so an aliased subtree
// is shared until it is expanded. Children of a mapping are key, value, key, value...
struct RawNode {
  YamlNode::Kind kind = YamlNode::Kind::null;
  bool quoted = false;
  bool open = false;  // its end has not been read: an alias to it would be a cycle
  std::string scalar;
  std::vector<const RawNode*> children;
  SourceSpan span;
};

SourceSpan span_of(const yaml_mark_t& mark) {
  return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

bool is_null_text(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// Owns libyaml's parser and its current event.
class EventReader {
 public:
  explicit EventReader(std::string_view text) {
    ready_ = yaml_parser_initialize(&parser_) != 0;
    if (!ready_) return;
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;
  ~EventReader() {
    release();
    if (ready_) yaml_parser_delete(&parser_);
  }

  // The next event, or nullptr on a syntax error.
  const yaml_event_t* next() {
    release();
    if (!ready_) return nullptr;
    has_event_ = yaml_parser_parse(&parser_, &event_) != 0;
    return has_event_ ? &event_ : nullptr;
  }

  std::string problem() const {
    if (!ready_ || parser_.problem == nullptr) return "out of memory";
    std::string text = parser_.problem;
    if (parser_.context != nullptr) text.append(" ").append(parser_.context);
    return text;
  }
  SourceSpan problem_span() const {
    if (!ready_ || parser_.error == YAML_READER_ERROR) return {};
    return span_of(parser_.problem_mark);
  }

 private:
  void release() {
    if (has_event_) yaml_event_delete(&event_);
    has_event_ = false;
  }

  yaml_parser_t parser_{};
  yaml_event_t event_{};
  bool ready_ = false;
  bool has_event_ = false;
};

// What is wrong, where; an empty value of std::optional<Fault> means all is well.
struct Fault {
  SourceSpan span;
  std::string code;
  std::string message;
  std::string help;
};
using MaybeFault = std::optional<Fault>;

Fault too_many_nodes(SourceSpan span, std::size_t limit) {
  return {span, "yaml-limit", "the file has more than " + std::to_string(limit) + " nodes",
          "aliases count as often as they are used"};
}
Fault too_deep(SourceSpan span, std::size_t limit) {
  return {span, "yaml-limit", "nested deeper than " + std::to_string(limit) + " levels", ""};
}

// Builds the raw nodes of one document after the other.
class Composer {
 public:
  explicit Composer(const YamlLimits& limits) : limits_(limits) {}

  void begin_document() {
    pool_.clear();
    open_.clear();
    anchors_.clear();
    root_ = nullptr;
  }
  // Null for a document without a node.
  const RawNode* root() const { return root_; }

  MaybeFault scalar(const yaml_event_t& event) {
    const auto& data = event.data.scalar;
    RawNode node;
    node.scalar.assign(reinterpret_cast<const char*>(data.value), data.length);
    node.quoted = data.style != YAML_PLAIN_SCALAR_STYLE || is_string_tag(view(data.tag));
    const bool null = !node.quoted && is_null_text(node.scalar);
    node.kind = null ? YamlNode::Kind::null : YamlNode::Kind::scalar;
    if (null) node.scalar.clear();
    return add(std::move(node), event, view(data.anchor));
  }

  MaybeFault open(const yaml_event_t& event, YamlNode::Kind kind, std::string_view anchor) {
    RawNode node;
    node.kind = kind;
    node.open = true;
    if (open_.size() >= limits_.max_depth) return too_deep(span_of(event.start_mark), limits_.max_depth);
    if (auto fault = add(std::move(node), event, anchor)) return fault;
    open_.push_back(&pool_.back());
    return {};
  }

  void close() {
    open_.back()->open = false;
    open_.pop_back();
  }

  MaybeFault alias(const yaml_event_t& event) {
    const std::string name(view(event.data.alias.anchor));
    const SourceSpan span = span_of(event.start_mark);
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      return Fault{span, "yaml-unknown-alias", "alias *" + name + " has no anchor before it", ""};
    }
    if (found->second->open) {
      return Fault{span, "yaml-cyclic-alias", "alias *" + name + " lies within the node it stands for", ""};
    }
    attach(found->second);
    return {};
  }

 private:
  static bool is_string_tag(std::string_view tag) { return tag == "!" || tag == YAML_STR_TAG; }

  MaybeFault add(RawNode&& node, const yaml_event_t& event, std::string_view anchor) {
    node.span = span_of(event.start_mark);
    if (++nodes_ > limits_.max_nodes) return too_many_nodes(node.span, limits_.max_nodes);
    RawNode& added = pool_.emplace_back(std::move(node));
    if (!anchor.empty()) anchors_[std::string(anchor)] = &added;
    attach(&added);
    return {};
  }

  void attach(const RawNode* node) {
    if (open_.empty()) {
      root_ = node;
    } else {
      open_.back()->children.push_back(node);
    }
  }

  const YamlLimits& limits_;
  std::deque<RawNode> pool_;  // addresses stay
  std::vector<RawNode*> open_;
  std::unordered_map<std::string, const RawNode*> anchors_;
  const RawNode* root_ = nullptr;
  std::size_t nodes_ = 0;
};

// The keys of one mapping: null and scalar keys must differ, whether quoted or not.
class KeySet {
 public:
  // False if an equal key is there. `key` must outlive the set. Collections as keys are not compared.
  bool insert(const RawNode& key) {
    if (key.kind == YamlNode::Kind::null) return !std::exchange(has_null_, true);
    return key.kind != YamlNode::Kind::scalar || texts_.insert(key.scalar).second;
  }
  bool insert_copy(const YamlNode& key) {
    if (key.kind == YamlNode::Kind::null) return !std::exchange(has_null_, true);
    return key.kind != YamlNode::Kind::scalar || texts_.insert(*owned_.insert(key.scalar).first).second;
  }

 private:
  std::unordered_set<std::string_view> texts_;
  std::unordered_set<std::string> owned_;
  bool has_null_ = false;
};

// Turns raw nodes into the tree, with aliases and merge keys resolved and the limits kept.
class Expander {
 public:
  explicit Expander(const YamlLimits& limits) : limits_(limits) {}

  MaybeFault expand(const RawNode& raw, std::size_t depth, YamlNode& out) {
    if (++nodes_ > limits_.max_nodes) return too_many_nodes(raw.span, limits_.max_nodes);
    scalar_bytes_ += raw.scalar.size();
    if (scalar_bytes_ > limits_.max_bytes) {
      return Fault{raw.span, "yaml-limit",
                   "the file has more than " + std::to_string(limits_.max_bytes) + " bytes of text",
                   "aliases count as often as they are used"};
    }
    out.kind = raw.kind;
    out.quoted = raw.quoted;
    out.scalar = raw.scalar;
    out.span = raw.span;
    if (raw.kind != YamlNode::Kind::sequence && raw.kind != YamlNode::Kind::mapping) return {};
    if (depth >= limits_.max_depth) return too_deep(raw.span, limits_.max_depth);
    return raw.kind == YamlNode::Kind::sequence ? expand_sequence(raw, depth, out)
                                                : expand_mapping(raw, depth, out);
  }

 private:
  MaybeFault expand_sequence(const RawNode& raw, std::size_t depth, YamlNode& out) {
    out.items.reserve(raw.children.size());
    for (const RawNode* child : raw.children) {
      if (auto fault = expand(*child, depth + 1, out.items.emplace_back())) return fault;
    }
    return {};
  }

  static bool is_merge_key(const RawNode& key) {
    return key.kind == YamlNode::Kind::scalar && !key.quoted && key.scalar == "<<";
  }

  MaybeFault expand_mapping(const RawNode& raw, std::size_t depth, YamlNode& out) {
    KeySet keys;
    const RawNode* merge = nullptr;
    out.entries.reserve(raw.children.size() / 2);
    for (std::size_t i = 0; i + 1 < raw.children.size(); i += 2) {
      const RawNode& key = *raw.children[i];
      if (!keys.insert(key)) return duplicate_key(raw, i);
      if (is_merge_key(key)) {
        merge = raw.children[i + 1];
        continue;
      }
      auto& [out_key, out_value] = out.entries.emplace_back();
      if (auto fault = expand(key, depth + 1, out_key)) return fault;
      if (auto fault = expand(*raw.children[i + 1], depth + 1, out_value)) return fault;
    }
    return merge == nullptr ? MaybeFault() : expand_merge(*merge, depth, keys, out);
  }

  // Of several mappings the earlier one wins.
  MaybeFault expand_merge(const RawNode& value, std::size_t depth, KeySet& keys, YamlNode& out) {
    if (value.kind == YamlNode::Kind::mapping) return merge_from(value, depth, keys, out);
    if (value.kind != YamlNode::Kind::sequence) return bad_merge(value);
    for (const RawNode* item : value.children) {
      if (item->kind != YamlNode::Kind::mapping) return bad_merge(*item);
      if (auto fault = merge_from(*item, depth, keys, out)) return fault;
    }
    return {};
  }

  // A merged mapping counts as a level of its own, which bounds chains of mappings that merge each other.
  MaybeFault merge_from(const RawNode& value, std::size_t depth, KeySet& keys, YamlNode& out) {
    YamlNode merged;
    if (auto fault = expand(value, depth + 1, merged)) return fault;
    for (auto& entry : merged.entries) {
      if (keys.insert_copy(entry.first)) out.entries.push_back(std::move(entry));
    }
    return {};
  }

  static Fault bad_merge(const RawNode& value) {
    return {value.span, "yaml-merge", "the value of a merge key (<<) is no mapping",
            "give an alias of a mapping, or a list of them"};
  }

  static Fault duplicate_key(const RawNode& mapping, std::size_t at) {
    const RawNode& key = *mapping.children[at];
    std::size_t first = 0;
    while (mapping.children[first]->kind != key.kind || mapping.children[first]->scalar != key.scalar)
      first += 2;
    const std::string name = key.kind == YamlNode::Kind::null ? "null" : key.scalar;
    return {key.span, "yaml-duplicate-key", "duplicate key \"" + name + "\"",
            "it was first given in line " + std::to_string(mapping.children[first]->span.line)};
  }

  const YamlLimits& limits_;
  std::size_t nodes_ = 0;
  std::size_t scalar_bytes_ = 0;
};

// Feeds events to the composer until the stream ends; returns the first fault.
class StreamParser {
 public:
  StreamParser(std::string_view text, const YamlLimits& limits)
      : reader_(text), composer_(limits), expander_(limits) {}

  MaybeFault run(std::vector<YamlNode>& documents) {
    for (;;) {
      const yaml_event_t* event = reader_.next();
      if (event == nullptr) return Fault{reader_.problem_span(), "yaml-syntax", reader_.problem(), ""};
      if (event->type == YAML_STREAM_END_EVENT) return {};
      if (auto fault = handle(*event, documents)) return fault;
    }
  }

 private:
  MaybeFault handle(const yaml_event_t& event, std::vector<YamlNode>& documents) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        composer_.begin_document();
        return {};
      case YAML_DOCUMENT_END_EVENT:
        return finish_document(documents);
      case YAML_SCALAR_EVENT:
        return composer_.scalar(event);
      case YAML_ALIAS_EVENT:
        return composer_.alias(event);
      case YAML_SEQUENCE_START_EVENT:
        return composer_.open(event, YamlNode::Kind::sequence, view(event.data.sequence_start.anchor));
      case YAML_MAPPING_START_EVENT:
        return composer_.open(event, YamlNode::Kind::mapping, view(event.data.mapping_start.anchor));
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        composer_.close();
        return {};
      default:
        return {};
    }
  }

  MaybeFault finish_document(std::vector<YamlNode>& documents) {
    YamlNode document;
    if (composer_.root() != nullptr) {
      if (auto fault = expander_.expand(*composer_.root(), 0, document)) return fault;
    }
    documents.push_back(std::move(document));
    return {};
  }

  EventReader reader_;
  Composer composer_;
  Expander expander_;
};

bool is_plain_scalar(const YamlNode& node) {
  return node.is_scalar() && !node.quoted;
}

std::string_view without_plus(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  return text;
}

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  if (kind != Kind::mapping) return nullptr;
  for (const auto& [name, value] : entries) {
    if (name.is_scalar() && name.scalar == key) return &value;
  }
  return nullptr;
}

std::string_view YamlNode::text(std::string_view key) const {
  const YamlNode* value = find(key);
  return value != nullptr && value->is_scalar() ? std::string_view(value->scalar) : std::string_view();
}

std::vector<std::string> YamlNode::texts(std::string_view key) const {
  std::vector<std::string> out;
  const YamlNode* value = find(key);
  if (value == nullptr) return out;
  if (value->is_scalar()) out.push_back(value->scalar);
  for (const YamlNode& item : value->items) {
    if (item.is_scalar()) out.push_back(item.scalar);
  }
  return out;
}

YamlStream parse_yaml(std::string_view text, std::string_view file_name, const YamlLimits& limits) {
  YamlStream stream;
  MaybeFault fault;
  if (text.size() > limits.max_bytes) {
    fault =
        Fault{{}, "yaml-limit", "the file is larger than " + std::to_string(limits.max_bytes) + " bytes", ""};
  } else {
    fault = StreamParser(text, limits).run(stream.documents);
  }
  if (fault) {
    stream.diagnostics.push_back({Severity::error, std::string(file_name), fault->span,
                                  std::move(fault->code), std::move(fault->message), std::move(fault->help)});
  }
  return stream;
}

bool yaml_is_int(const YamlNode& node, std::int64_t& out) {
  if (!is_plain_scalar(node)) return false;
  std::string_view text = node.scalar;
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    base = text[1] == 'x' ? 16 : 8;
    text.remove_prefix(2);
    if (text.starts_with('-')) return false;
  } else {
    text = without_plus(text);
  }
  const auto value = parse_int(text, base);
  if (value) out = *value;
  return value.has_value();
}

bool yaml_is_float(const YamlNode& node, double& out) {
  if (!is_plain_scalar(node)) return false;
  const std::string_view text = without_plus(node.scalar);
  const bool negative = text.starts_with('-');
  if (is_any_of(text.substr(negative ? 1 : 0), {".inf", ".Inf", ".INF"})) {
    out = negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    return true;
  }
  if (is_any_of(node.scalar, {".nan", ".NaN", ".NAN"})) {
    out = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  const auto value = parse_double(text);
  if (value) out = *value;
  return value.has_value();
}

bool yaml_is_bool(const YamlNode& node, bool& out) {
  if (!is_plain_scalar(node)) return false;
  const bool yes = is_any_of(node.scalar, {"true", "True", "TRUE"});
  if (!yes && !is_any_of(node.scalar, {"false", "False", "FALSE"})) return false;
  out = yes;
  return true;
}

}  // namespace vedette::base
