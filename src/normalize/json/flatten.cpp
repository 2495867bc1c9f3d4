#include "json/flatten.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

#include "vedette/base/check.hpp"

namespace vedette::normalize::json {

namespace field = model::field;
using model::Value;

PathTree::PathTree() {
  Entry root;
  root.interned = true;
  root.field = field::overflow;
  entries_.push_back(std::move(root));
  slots_.assign(256, kNone);
}

std::uint64_t PathTree::hash(PathId parent, std::string_view key) {
  return std::hash<std::string_view>{}(key) ^ (std::uint64_t{at(parent)} * 0x9e37'79b9'7f4a'7c15u);
}

PathId PathTree::child(PathId parent, std::string_view key, PathId previous) {
  PathId& guess = previous == kNone ? entries_[at(parent)].first : entries_[at(previous)].next;
  if (guess != kNone) {
    const Entry& entry = entries_[at(guess)];
    if (entry.parent == parent && entry.key == key) return guess;
  }
  const PathId found = find_or_add(parent, key);
  if (found != kNone) guess = found;
  return found;
}

PathId PathTree::find_or_add(PathId parent, std::string_view key) {
  std::size_t slot = hash(parent, key) & (slots_.size() - 1);
  for (; slots_[slot] != kNone; slot = (slot + 1) & (slots_.size() - 1)) {
    const Entry& entry = entries_[at(slots_[slot])];
    if (entry.parent == parent && entry.key == key) return slots_[slot];
  }
  const std::string& above = entries_[at(parent)].name;
  if (entries_.size() >= kMaxPaths || above.size() + 1 + key.size() > model::FieldTable::kMaxNameBytes)
    return kNone;
  Entry entry;
  entry.name = above.empty() ? std::string(key) : above + '.' + std::string(key);
  entry.key = key;
  entry.parent = parent;
  const PathId id{static_cast<std::uint32_t>(entries_.size())};
  entries_.push_back(std::move(entry));
  slots_[slot] = id;
  if (entries_.size() * 2 > slots_.size()) grow();
  return id;
}

void PathTree::grow() {
  slots_.assign(slots_.size() * 2, kNone);
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    std::size_t slot = hash(entries_[i].parent, entries_[i].key) & (slots_.size() - 1);
    while (slots_[slot] != kNone) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = PathId{static_cast<std::uint32_t>(i)};
  }
}

PathId PathTree::named(std::string_view name) {
  const PathId id = find_or_add(kRoot, name);
  CHECK(id != kNone);
  return id;
}

void PathTree::rename(PathId path, std::string_view name) {
  Entry& entry = entries_[at(path)];
  entry.name = name;
  entry.interned = false;
}

void PathTree::intern(Entry& entry) {
  entry.field = model::intern(entry.name);
  entry.interned = true;
}

void Flattener::members(const Node& object, PathId path, Row& row) {
  PathId previous = PathTree::kNone;
  const Node* const end = object.end();
  for (const Node* node = object.first(); node != end; node = node->next()) {
    previous = member(*node, path, previous, row);
  }
}

PathId Flattener::member(const Node& node, PathId parent, PathId previous, Row& row) {
  const PathId id = paths_.child(parent, node.key(), previous);
  if (id != PathTree::kNone) {
    value(node, id, row);
    return id;
  }
  std::string name(paths_.name(parent));
  if (!name.empty()) name += '.';
  name += node.key();
  unlisted(node, name, row);
  return previous;
}

void Flattener::value(const Node& node, PathId path, Row& row) {
  if (!node.is_container()) return scalar(node, path, row);
  if (node.is_object()) return members(node, path, row);
  array(node, path, row);
}

void Flattener::scalar(const Node& node, PathId path, Row& row) {
  const model::FieldId id = paths_.field(path);
  if (id == field::overflow) return row.named(paths_.name(path), node.value());
  row.add(id, node.value());
}

void Flattener::array(const Node& array, PathId path, Row& row) {
  const std::size_t first = items_.size();
  collect(array, path, row);
  const std::size_t count = items_.size() - first;
  if (count > 0 || array.size == 0) {
    const auto list = row.arena().allocate_array<Value>(count);
    std::copy(items_.begin() + static_cast<std::ptrdiff_t>(first), items_.end(), list.begin());
    const model::FieldId id = paths_.field(path);
    if (id == field::overflow) {
      row.named(paths_.name(path), Value::list(list));
    } else {
      row.add(id, Value::list(list));
    }
  }
  items_.resize(first);
}

// Scalars to items_, objects to fields below `path`.
void Flattener::collect(const Node& array, PathId path, Row& row) {
  const Node* const end = array.end();
  for (const Node* node = array.first(); node != end; node = node->next()) {
    if (node->is_object()) {
      members(*node, path, row);
    } else if (node->kind == Kind::array) {
      collect(*node, path, row);
    } else {
      items_.push_back(node->value());
    }
  }
}

// Names that the tree does not hold are spelled out.
void Flattener::unlisted(const Node& node, std::string& name, Row& row) {
  if (node.is_object()) return unlisted_members(node, name, row);
  if (node.kind != Kind::array) return row.named(name, node.value());
  const Node* const end = node.end();
  for (const Node* item = node.first(); item != end; item = item->next()) unlisted(*item, name, row);
}

void Flattener::unlisted_members(const Node& object, std::string& name, Row& row) {
  const std::size_t size = name.size();
  const Node* const end = object.end();
  for (const Node* node = object.first(); node != end; node = node->next()) {
    name += '.';
    name += node->key();
    unlisted(*node, name, row);
    name.resize(size);
  }
}

}  // namespace vedette::normalize::json
