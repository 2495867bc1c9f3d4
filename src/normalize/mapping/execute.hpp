// Runs the mappings of one row.
#pragma once

#include <string_view>
#include <vector>

#include "mapping/program.hpp"
#include "mapping/writer.hpp"

namespace vedette::normalize {

class Execution {
 public:
  Execution(const Program& program, model::BatchBuilder& builder, Scratch& scratch)
      : program_(program), builder_(builder), scratch_(scratch), writer_(builder, scratch) {}

  void run();

 private:
  void read_row();
  void join_repeated();
  void choose_mappings();
  void consider(const std::vector<std::uint16_t>& mappings);
  bool holds(const Alternative& alternative) const;
  const Block* choose(const Case& by) const;

  void run_block(const Block& block);
  void emit(const Item& item, const model::Value& value, std::uint16_t none);
  void emit_worked(const Item& item, const model::Value& value, std::uint16_t none);
  void emit_groups(const Item& item, std::string_view text, std::uint16_t none);
  void emit_pairs(const Pairs& pairs, std::string_view text, std::uint16_t none);
  void emit_result(const Item& item, const model::Value& result, std::uint16_t none);
  // Capture, steps and map on one scalar; false if nothing is left of it.
  bool work(const Item& item, const model::Value& value, std::uint16_t none, model::Value& out);
  bool finish_work(const Item& item, model::Value& value);
  // The same, split included; results are appended to `out`.
  void work_list(const Item& item, const model::Value& value, std::uint16_t none,
                 std::vector<model::Value>& out);
  void build(const BuildAction& action);
  std::size_t related_values(std::size_t kind) const;
  void write_related();
  bool is_none(const model::Value& value, std::uint16_t none) const;

  const Program& program_;
  model::BatchBuilder& builder_;
  Scratch& scratch_;
  TargetWriter writer_;
};

}  // namespace vedette::normalize
