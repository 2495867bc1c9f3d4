// Tables that say under which ECS names the well-known keys of CEF, LEEF and key=value records are kept as
// well.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/text_scan.hpp"

namespace vedette::normalize {

enum class KeyAs : std::uint8_t {
  text,
  integer,  // left out if it is none
  ip,       // likewise
  port,     // likewise
  mac,      // as ECS writes it: 00-00-5E-00-53-23
  lower,
  transport,   // a protocol by name or IANA number
  direction,   // CEF deviceDirection: 0 inbound, 1 outbound; or words
  outcome,     // success or failure, by its first letters
  hash,        // file.hash.*, told by its length (no target)
  time,        // RFC 3339 text
  event_time,  // the event's time (and no field)
};

struct KeyRule {
  std::string_view key;
  std::string_view target;  // empty: only the type of the native field is known
  KeyAs as = KeyAs::text;
  bool numeric = false;  // the native field is a number
};

class KeyTable {
 public:
  struct Entry {
    model::FieldId native{};
    model::FieldId target{};
    bool has_target = false;
    bool numeric = false;
    KeyAs as = KeyAs::text;
  };
  // Native fields are named `prefix` + key. A key may stand in several rules: all apply.
  KeyTable(std::string_view prefix, std::span<const KeyRule> rules);

  // The entries of a key: empty if it is not known.
  std::span<const Entry> find(std::string_view key) const;
  std::string_view prefix() const { return prefix_; }

 private:
  std::string prefix_;
  std::unordered_map<std::string_view, std::vector<Entry>> entries_;
};

// Adds the native field, and what the table says follows from it as derived values. `scratch` holds unknown
// names. `value` outlives the batch.
void add_by_rules(const KeyTable& table, std::string_view key, std::string_view value,
                  const ParseContext& context, std::string& scratch, Row& row);
// The derived values only.
void apply_rules(std::span<const KeyTable::Entry> entries, std::string_view value,
                 const ParseContext& context, Row& row);

}  // namespace vedette::normalize
