// Field names, interned once for the whole process.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vedette::model {

// A dense number for a field name. Smaller than FieldTable::size(). Not stable between processes: write
// names, not ids.
enum class FieldId : std::uint32_t {};

constexpr std::uint32_t index_of(FieldId id) {
  return static_cast<std::uint32_t>(id);
}

// The fields that code (rather than a mapping file) reads or writes have constant ids:
// model::field::event_code and so on. They are listed in known_fields.def.
namespace field {
enum class Known : std::uint32_t {
#define VEDETTE_FIELD(identifier, name) identifier,
#include "vedette/model/known_fields.def"
#undef VEDETTE_FIELD
  count
};
#define VEDETTE_FIELD(identifier, name) \
  inline constexpr FieldId identifier = static_cast<FieldId>(Known::identifier);
#include "vedette/model/known_fields.def"
#undef VEDETTE_FIELD
}  // namespace field

// Thread safe. Names are never forgotten. Because attackers choose field names, the table is bounded
// (kMaxFields names, kMaxNameBytes each): past it intern() answers field::overflow, under which the batch
// builder keeps "name=value".
class FieldTable {
 public:
  static constexpr std::size_t kMaxFields = 1 << 18;
  static constexpr std::size_t kMaxNameBytes = 1024;

  static FieldTable& instance();

  FieldId intern(std::string_view name);
  // The id of a name already interned; false if it never was.
  bool find(std::string_view name, FieldId& id) const;
  // Valid for ever. Lock-free.
  std::string_view name(FieldId id) const;
  std::size_t size() const;

 private:
  FieldTable();
  struct State;
  State* state_;  // never destroyed: ids are used during shutdown, too
};

inline FieldId intern(std::string_view name) {
  return FieldTable::instance().intern(name);
}
inline std::string_view name_of(FieldId id) {
  return FieldTable::instance().name(id);
}

// Remembers name -> id without the table's lock. One per thread or per parser.
class FieldCache {
 public:
  FieldId intern(std::string_view name);

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::string_view name;
    FieldId id{};
  };
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  void grow();
};

}  // namespace vedette::model
