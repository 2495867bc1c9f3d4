// Which fields rows carry, and rows of a block as events that live on their own.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "search/governor.hpp"
#include "segment.hpp"
#include "vedette/expr/matcher.hpp"
#include "vedette/model/event.hpp"

namespace vedette::store::search {

// Immutable and thread safe.
class Projection {
 public:
  explicit Projection(const std::vector<std::string>& fields);  // names or patterns; empty: all
  bool takes(model::FieldId field) const;
  std::vector<model::FieldId> of(const Block& block) const;

 private:
  std::vector<std::string> names_;
  std::vector<expr::WildcardPattern> patterns_;
  bool all_;
};

// The rows, in the order given. ErrorCode::limit if the governor has no room for them.
base::Result<std::shared_ptr<const model::EventBatch>> rows_of_block(Block& block,
                                                                     std::span<const std::uint32_t> rows,
                                                                     const Projection& projection,
                                                                     Governor& governor);

// Takes rows of batches in order and hands them on in batches: whole ones as they are, others copied.
class RowEmitter {
 public:
  enum class Batches : std::uint8_t { many, one };  // one: however many rows there are
  explicit RowEmitter(const model::RowSink& sink, Batches batches = Batches::many)
      : sink_(sink), batches_(batches) {}
  // False if the sink wants no more.
  bool add(const std::shared_ptr<const model::EventBatch>& batch, std::uint32_t row);
  bool flush();
  bool stopped() const { return stopped_; }

 private:
  bool end_run();
  bool hand_on_copies();
  bool give(const std::shared_ptr<const model::EventBatch>& batch);
  void copy(const model::Event& event);

  const model::RowSink& sink_;
  Batches batches_;
  std::shared_ptr<const model::EventBatch> run_;  // rows run_first_ .. run_end_ of it are next
  std::uint32_t run_first_ = 0, run_end_ = 0;
  std::optional<model::BatchBuilder> copies_;
  std::unordered_map<std::string_view, std::shared_ptr<const model::Source>> sources_;  // of copies_
  bool stopped_ = false;
};

}  // namespace vedette::store::search
