// The compiled form of mappings: what compile.cpp makes and execute.cpp runs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mapping/ecs_types.hpp"
#include "mapping/value_index.hpp"
#include "vedette/model/field.hpp"
#include "vedette/model/value.hpp"

namespace re2 {
class RE2;
}

namespace vedette::normalize {

// A dense number for every field that any mapping reads or writes; 0 is none.
using Slot = std::uint16_t;
inline constexpr Slot kNoSlot = 0;

struct Target {
  model::FieldId field{};
  Slot slot = kNoSlot;  // kNoSlot: a part that ECS does not have; nothing is written
  EcsType type = EcsType::text;
  bool array = false;
  std::uint8_t related = 0;  // 1-based index of the related.* field that collects it, 0 if none
};

enum class Scalar : std::uint8_t {
  text,
  integer,
  real,
  boolean,
  ip,
  time,
  hex,
  port,
  filetime,
  seconds,
  milliseconds,
  microseconds,
  lower,
  upper,
  trim,
  basename,
  dirname,
  extension,
  drive_letter,
  host,
  strip_quotes,
  negate,
  mac,
};

enum class Structured : std::uint8_t {
  none,
  hashes,
  domain_user,
  command_line,
  posix_command_line,
  registry_key,
  registry_value,
  url,
  dns_answers,
  path,
  address,
  pairs,
};

// The parts that a structured conversion writes, as suffixes of its prefix; Item::targets is indexed alike.
namespace part {
enum Hashes : std::uint8_t { md5, sha1, sha256, sha384, sha512, imphash };
enum DomainUser : std::uint8_t { user_domain, user_name };
enum CommandLine : std::uint8_t { command_line, args, args_count };
enum Registry : std::uint8_t { registry_path, registry_hive, registry_key, registry_value };
enum Url : std::uint8_t {
  original,
  full,
  scheme,
  username,
  domain,
  port,
  url_path,
  query,
  fragment,
  url_extension
};
enum Dns : std::uint8_t { answers_data, answers_type, resolved_ip };
enum Path : std::uint8_t { path, name, directory, extension, drive_letter };
enum Address : std::uint8_t { address, ip, address_domain, address_port };
}  // namespace part

// Replacement values of `map`.
struct ValueMap {
  ValueIndex index;
  std::vector<model::Value> values;
  bool has_default = false;
  model::Value fallback;
};

struct Item;

// capture with named groups: which item takes which group.
struct Capture {
  std::unique_ptr<re2::RE2> regex;
  std::vector<std::pair<int, Item>> groups;  // empty: the first group becomes the value

  Capture();
  Capture(Capture&&) noexcept;
  ~Capture();
};

struct Pairs {
  std::string separator = "\n";
  std::string assign = "=";
  struct Range {
    std::uint32_t first, count;  // of items
  };
  ValueIndex keys;  // blanks removed: index into ranges
  std::vector<Range> ranges;
  std::vector<Item> items;
};

// What to do with one value.
struct Item {
  bool plain = true;  // neither capture, split, steps, map nor structure: straight to the targets
  Structured structured = Structured::none;
  std::vector<Target> targets;
  std::unique_ptr<Capture> capture;
  std::vector<std::string> split;
  std::vector<Scalar> steps;
  std::unique_ptr<ValueMap> map;
  std::unique_ptr<Pairs> pairs;
};

struct FieldAction {
  Slot source = kNoSlot;
  std::uint16_t none = 0;  // index of the list of texts that mean "no value"
  Item item;
};

struct BuildAction {
  Target target;
  std::vector<std::pair<std::string, Slot>>
      pieces;  // literal text, then a source (kNoSlot: only the literal)
};

struct SetAction {
  Target target;
  model::Value value;  // already of the target's type
};

struct Block;

struct Case {
  Slot source = kNoSlot;
  ValueIndex exact;                                             // value: index into blocks
  std::vector<std::pair<std::string, std::uint32_t>> prefixes;  // longest first
  std::uint32_t otherwise = ValueIndex::kNone;
  std::vector<Block> blocks;
};

struct Block {
  std::vector<Case> cases;
  std::vector<FieldAction> fields;
  std::vector<BuildAction> builds;
  std::vector<SetAction> sets;
};

// One way in which an event qualifies for a mapping: all parts must hold.
struct Alternative {
  struct Test {
    Slot source = kNoSlot;
    ValueIndex values;
    std::vector<std::string> texts;
  };
  std::vector<Test> tests;
  std::vector<Slot> exists;
};

struct CompiledMapping {
  std::string name;
  std::vector<Alternative> when;
  Block block;
};

// What every mapping of a set shares.
struct Program {
  struct FieldInfo {
    Slot slot = kNoSlot;
    std::uint8_t related = 0;
  };
  // Finds mappings by the value of one field.
  struct Selector {
    Slot source = kNoSlot;
    ValueIndex index;                               // text: index into lists
    std::vector<std::vector<std::uint16_t>> lists;  // mappings that may apply
    std::vector<std::uint16_t> if_present;          // mappings that ask only whether the field is there
  };

  std::vector<FieldInfo> fields;  // by FieldId; shorter than the field table
  std::size_t slots = 1;
  std::vector<CompiledMapping> mappings;
  std::vector<Selector> selectors;
  std::vector<std::vector<std::string>> none_lists;  // [0] is empty
  std::vector<Target> related;
};

}  // namespace vedette::normalize
