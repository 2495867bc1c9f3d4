// Evaluator: one program on one event at a time, with the buffers and tables of one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hs/hs.h>

#include "engine/program.hpp"
#include "vedette/base/arena.hpp"
#include "vedette/model/alert.hpp"

namespace vedette::detect {

class Evaluator {
 public:
  Evaluator(const Program& program, hs_scratch_t* const* scratch) : program_(program), scratch_(scratch) {
    slots_.resize(program.fields.slots());
    truths_.assign(program.tests.size(), 0);
    candidates_.assign(program.rules.size(), 0);
  }

  // Loads the event; then the candidates are the program rules that may match it, ascending.
  const std::vector<std::uint32_t>& load(const model::Event& event);
  // Whether the rule's condition holds for the loaded event.
  bool matches(std::uint32_t program_rule) { return holds(program_.rules[program_rule].root); }
  // The tests that held and helped the condition of the rule to hold.
  std::vector<model::Match> evidence(std::uint32_t program_rule);

  // Canonical text of the first value, other than null, of each field the rule's correlations ask for;
  // nothing where it is missing.
  std::vector<std::optional<std::string>> captures(std::uint32_t program_rule) const;

  bool holds(std::uint32_t node);
  bool test_holds(TestId id);
  // The value of a slot in the loaded event, or nullptr.
  const model::Value* slot_value(SlotId slot) const {
    return slots_[slot].stamp == stamp_ ? slots_[slot].value : nullptr;
  }
  const Program& program() const { return program_; }

 private:
  struct SlotState {
    const model::Value* value = nullptr;
    model::FieldId field{};
    std::uint16_t rank = 0;
    std::uint32_t stamp = 0;
    // Its values in segments_, once they are there for the event.
    std::uint32_t first_segment = 0, segments = 0, segments_stamp = 0;
  };
  // A folded value in the scan buffer.
  struct Segment {
    std::uint32_t begin, end;
    SlotId slot;
    bool keyword;  // keywords are looked for in it, too
    std::string_view raw;
    model::FieldId field{};
  };

  void fill_slots(const model::Event& event);
  void resolve_field(std::uint32_t field);
  void build_segments(const model::Event& event);
  void add_segments(SlotId slot);
  void add_keyword_segments(const model::Event& event);
  void add_segment(SlotId slot, std::string_view raw, model::FieldId field);
  std::span<const Segment> segments_of(SlotId slot);
  bool text_holds(const Test& test);
  void look_up_exact(const Segment& segment);
  void scan();
  static int on_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                        void* self);
  void literal_found(const Literal& literal, std::uint32_t end);
  void set_true(TestId id);
  void add_candidates(const Test& test);
  bool evaluate(const Test& test);
  bool keyword_holds(const Test& test);
  void collect(std::uint32_t node, std::vector<model::Match>& out);
  void add_match(const Node& node, std::vector<model::Match>& out);
  std::string_view folded(const Segment& s) const {
    return std::string_view(buffer_).substr(s.begin, s.end - s.begin);
  }

  // Truth of a test for the event of a stamp: stamp * 4 + one of these.
  enum : std::uint32_t { kFalse = 1, kTrue = 2, kGuardMet = 3 };
  std::uint32_t truth(TestId id) const { return truths_[id] / 4 == stamp_ ? truths_[id] % 4 : 0; }

  const Program& program_;
  hs_scratch_t* const* scratch_;
  std::uint32_t stamp_ = 0;
  std::vector<SlotState> slots_;
  std::vector<std::uint32_t> truths_;
  std::vector<std::uint32_t> candidates_;  // by program rule: stamp
  std::vector<std::uint32_t> candidate_list_;
  // By FieldId: 0 not looked at yet, 1 no slot, else 2 + index into ranked_.
  std::vector<std::uint32_t> slots_by_field_;
  std::vector<std::vector<FieldResolver::Ranked>> ranked_;
  std::string buffer_;  // folded values; the first scan_bytes_ are searched for literals
  std::size_t scan_bytes_ = 0;
  std::vector<Segment> segments_;
  std::size_t segment_hint_ = 0;
  const model::Event* event_ = nullptr;
  bool raw_text_ = false;          // the event kept its raw text: keywords look there alone
  bool keyword_segments_ = false;  // those of the event are in segments_
  base::Arena arena_;
  expr::Scratch scratch_text_;
};

}  // namespace vedette::detect
