// The metrics of a grouping: one object a metric holds its state of every group.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "search/group_plan.hpp"
#include "segment.hpp"

namespace vedette::store::search {

// One thread.
class MetricStates {
 public:
  virtual ~MetricStates() = default;

  // Readies the columns of a block that add reads.
  virtual base::Status open(Block& /*block*/, std::uint32_t /*block_number*/) { return base::ok_status(); }
  virtual void resize(std::size_t groups) = 0;
  // Row rows[i] is one of group groups[i].
  virtual void add(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> groups) = 0;
  // Takes over the states of the same metric of other rows, later ones if order matters: its group i is
  // `groups[i]` here, for as many as `groups` tells.
  virtual void merge(MetricStates& other, std::span<const std::uint32_t> groups) = 0;
  virtual std::uint64_t bytes() const = 0;

  // nullopt: the group has no such value. Texts and lists are made in the arena.
  virtual std::optional<model::Value> result(std::size_t group, base::Arena& arena) = 0;
  // As groups are ordered by it.
  virtual std::optional<model::Value> sorted(std::size_t group, base::Arena& arena) {
    return result(group, arena);
  }
  virtual bool approximate() const { return false; }

  // count: rows that need not be looked at.
  virtual void add_count(std::size_t /*group*/, std::uint64_t /*rows*/) {}
  // top_rows: in order.
  virtual std::vector<Candidate> top_rows(std::size_t /*group*/) { return {}; }
};

std::unique_ptr<MetricStates> make_metric(const GroupPlan::Measure& measure);

// The families, each in its file.
std::unique_ptr<MetricStates> make_number_metric(const GroupPlan::Measure& measure);
std::unique_ptr<MetricStates> make_distinct_metric(const GroupPlan::Measure& measure);
std::unique_ptr<MetricStates> make_row_metric(const GroupPlan::Measure& measure);

}  // namespace vedette::store::search
