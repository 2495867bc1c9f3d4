// JSON objects to dotted field names, without building a string for a name seen before.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"
#include "vedette/normalize/row.hpp"

namespace vedette::normalize::json {

// A field name as the place in a tree of names. Valid for its PathTree.
enum class PathId : std::uint32_t {};

// Names below names. It guesses the next member from the order of the previous record, so that a record
// shaped like the one before costs one comparison a member. Bounded: attackers choose names. Not thread safe.
class PathTree {
 public:
  static constexpr std::size_t kMaxPaths = 1 << 15;
  static constexpr PathId kRoot{0};
  static constexpr PathId kNone{0xffff'ffff};

  PathTree();

  // `parent`.`key`, or kNone if the tree is full or the name too long. `previous` is the member before it in
  // the same object, or kNone for the first.
  PathId child(PathId parent, std::string_view key, PathId previous);
  PathId child(PathId parent, std::string_view key) { return child(parent, key, kNone); }
  // The path of a dotted name, taken as one key below the root. CHECKs that there is room: for names in code.
  PathId named(std::string_view name);

  // Makes values of `path` go to `field`, and those below it to `name`.* , instead of under their own name.
  void rename(PathId path, std::string_view name);

  std::string_view name(PathId path) const { return entries_[at(path)].name; }
  // field::overflow if the field table had no room.
  model::FieldId field(PathId path) {
    Entry& entry = entries_[at(path)];
    if (!entry.interned) intern(entry);
    return entry.field;
  }

 private:
  struct Entry {
    std::string name;  // the whole dotted name
    std::string key;
    PathId parent = kNone;
    PathId first = kNone;  // guess: its first member
    PathId next = kNone;   // guess: the member after it
    model::FieldId field{};
    bool interned = false;
  };
  static std::size_t at(PathId path) { return static_cast<std::size_t>(path); }
  static std::uint64_t hash(PathId parent, std::string_view key);
  PathId find_or_add(PathId parent, std::string_view key);
  void grow();
  void intern(Entry& entry);

  std::deque<Entry> entries_;
  std::vector<PathId> slots_;
};

// Adds the members of objects to rows: nested objects under dotted names, arrays of scalars as lists, arrays
// of objects as fields with several values, nested arrays opened. Empty objects leave nothing; an empty array
// is an empty list.
class Flattener {
 public:
  PathTree& paths() { return paths_; }

  void members(const Node& object, PathId path, Row& row);
  // One member of an object at `parent`. Returns its path, or `previous` if it has none.
  PathId member(const Node& node, PathId parent, PathId previous, Row& row);
  // Any value under `path`, which is not kNone.
  void value(const Node& node, PathId path, Row& row);

 private:
  void array(const Node& array, PathId path, Row& row);
  void collect(const Node& array, PathId path, Row& row);
  void scalar(const Node& node, PathId path, Row& row);
  void unlisted(const Node& node, std::string& name, Row& row);
  void unlisted_members(const Node& object, std::string& name, Row& row);

  PathTree paths_;
  std::vector<model::Value> items_;
};

}  // namespace vedette::normalize::json
