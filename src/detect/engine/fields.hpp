// Slots: where the Sigma fields of a program find their values in an event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "vedette/base/arena.hpp"
#include "vedette/detect/taxonomy.hpp"
#include "vedette/model/event.hpp"

namespace vedette::detect {

using SlotId = std::uint16_t;

// A Sigma field is looked up without regard to case and blanks under its own name, below winlog.event_data.
// and winlog.user_data., and under the names of the taxonomy; the best-ranked name that the event carries
// wins: the exact one before one of other case, and that before one of other blanks.
class FieldResolver {
 public:
  // `sections`: those of the taxonomy that apply, most specific first.
  explicit FieldResolver(std::vector<const FieldSection*> sections) : sections_(std::move(sections)) {}

  SlotId slot(std::string_view sigma_field);
  std::size_t slots() const { return slot_names_.size(); }
  const std::string& slot_name(SlotId slot) const { return slot_names_[slot]; }

  struct Ranked {
    SlotId slot;
    std::uint16_t rank;  // smaller is better
  };
  // The slots that an event field may fill.
  std::vector<Ranked> slots_of(std::string_view event_field) const;

  // A value for a slot that no field filled, composed in `arena`; nullptr if there is none.
  const model::Value* compose(SlotId slot, const model::Event& event, base::Arena& arena) const;
  // Slots that have something to compose.
  const std::vector<SlotId>& composed_slots() const { return composed_slots_; }

 private:
  struct Candidate {
    SlotId slot;
    std::uint16_t rank;
    std::string name;
  };
  struct Composer {
    FieldSource source;
    std::vector<model::FieldId> fields;  // of source.parts (join, map)
  };

  void add_candidate(SlotId slot, std::uint16_t rank, const std::string& name);
  void add_composer(SlotId slot, const FieldSource& source);
  const model::Value* compose_one(const Composer& composer, const model::Event& event,
                                  base::Arena& arena) const;

  std::vector<const FieldSection*> sections_;
  std::vector<std::string> slot_names_;
  std::unordered_map<std::string, SlotId> slot_by_name_;
  std::unordered_map<std::string, std::vector<Candidate>> candidates_;  // by canonical name
  std::vector<std::vector<Composer>> composers_;                        // by slot
  std::vector<SlotId> composed_slots_;
};

}  // namespace vedette::detect
