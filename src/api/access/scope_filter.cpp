#include <utility>

#include "access/scope_predicate.hpp"
#include "vedette/api/scoped_store.hpp"
#include "vedette/expr/hidden_fields.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::api {

namespace {

using BatchPtr = std::shared_ptr<const model::EventBatch>;

class CompiledScope final : public ScopeFilter {
 public:
  CompiledScope(expr::RowPredicate predicate, std::vector<std::string> hidden)
      : predicate_(std::move(predicate)), hidden_(hidden) {}

  BatchPtr filter(const BatchPtr& batch) override {
    if (!batch || batch->empty()) return nullptr;
    std::vector<std::uint32_t> seen;
    for (std::uint32_t row = 0; row < batch->size(); ++row) {
      if (predicate_.matches((*batch)[row], scratch_)) seen.push_back(row);
    }
    if (seen.empty()) return nullptr;
    if (seen.size() == batch->size() && hidden_.empty()) return batch;
    return rows_of(*batch, seen, batch);
  }

 private:
  // Values are not copied: the old batch is held.
  BatchPtr rows_of(const model::EventBatch& batch, const std::vector<std::uint32_t>& rows,
                   const BatchPtr& held) const {
    const bool hides_path = hidden_.hides(model::field::log_file_path);
    model::BatchBuilder builder(std::make_shared<const model::Source>());
    builder.hold(held);
    const model::Source* source = nullptr;
    for (const std::uint32_t row : rows) {
      const model::Event event = batch[row];
      if (!hides_path && source != &event.source()) {
        source = &event.source();
        builder.set_source(std::make_shared<const model::Source>(*source));
      }
      builder.begin_row(event.position());
      builder.set_time(event.time());
      builder.set_sequence(event.sequence());
      for (const model::Cell& cell : event.cells()) {
        if (!hidden_.hides(cell.field)) builder.add(cell.field, cell.value);
      }
      builder.end_row();
    }
    return builder.finish();
  }

  expr::RowPredicate predicate_;
  expr::HiddenFields hidden_;
  expr::Scratch scratch_;
};

}  // namespace

base::Result<std::unique_ptr<ScopeFilter>> ScopeFilter::create(const DataScope& scope) {
  TRY_ASSIGN(expr::RowPredicate predicate, expr::RowPredicate::compile(scope_predicate(scope)));
  return std::unique_ptr<ScopeFilter>(
      std::make_unique<CompiledScope>(std::move(predicate), hidden_fields_of(scope)));
}

}  // namespace vedette::api
