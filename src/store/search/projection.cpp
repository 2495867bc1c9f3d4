#include "search/projection.hpp"

#include <algorithm>

#include "search/values.hpp"

namespace vedette::store::search {

using model::EventBatch;
using model::FieldId;

namespace {

constexpr std::size_t kBatchRows = 1024;
constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::size_t kArenaBlock = 16 * 1024;

}  // namespace

Projection::Projection(const std::vector<std::string>& fields) : all_(fields.empty()) {
  for (const std::string& field : fields) {
    if (field.find_first_of("*?\\") == std::string::npos) {
      names_.push_back(field);
    } else {
      patterns_.emplace_back(field);
    }
  }
}

bool Projection::takes(FieldId field) const {
  if (all_) return true;
  const std::string_view name = model::name_of(field);
  return std::find(names_.begin(), names_.end(), name) != names_.end() ||
         std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const expr::WildcardPattern& pattern) { return pattern.matches(name); });
}

std::vector<FieldId> Projection::of(const Block& block) const {
  std::vector<FieldId> fields = block.fields();
  std::erase_if(fields, [&](FieldId field) { return !takes(field); });
  return fields;
}

base::Result<std::shared_ptr<const EventBatch>> rows_of_block(Block& block,
                                                              std::span<const std::uint32_t> rows,
                                                              const Projection& projection,
                                                              Governor& governor) {
  TRY_ASSIGN(const auto times, block.times());
  TRY_ASSIGN(const auto sequences, block.sequences());
  std::vector<std::pair<FieldId, const Column*>> columns;
  for (const FieldId field : projection.of(block)) {
    TRY_ASSIGN(const Column* column, block.column(field));
    if (column) columns.emplace_back(field, column);
  }
  std::unordered_map<std::string_view, std::shared_ptr<const model::Source>> sources;
  model::BatchBuilder builder(std::make_shared<const model::Source>(), kArenaBlock);
  for (const std::uint32_t row : rows) {
    TRY_ASSIGN(const RowHead head, block.head(row));
    auto& source = sources[head.source_path];
    if (!source) source = std::make_shared<const model::Source>(model::Source{std::string(head.source_path)});
    builder.set_source(source);
    builder.begin_row(head.position);
    builder.set_time(times[row]);
    builder.set_sequence(sequences[row]);
    for (const auto& [field, column] : columns) {
      if (column->has(row)) builder.add(field, copy_value(column->at(row), builder.arena()));
    }
    builder.end_row();
    if (!governor.has_room(builder.bytes() + block.memory())) {
      return base::make_error(base::ErrorCode::limit, "rows need more memory than the search may use");
    }
  }
  return builder.finish();
}

bool RowEmitter::add(const std::shared_ptr<const EventBatch>& batch, std::uint32_t row) {
  if (stopped_) return false;
  if (run_ == batch && run_end_ == row) {
    ++run_end_;
    return true;
  }
  if (!end_run()) return false;
  run_ = batch;
  run_first_ = row;
  run_end_ = row + 1;
  return true;
}

bool RowEmitter::flush() {
  return end_run() && hand_on_copies();
}

bool RowEmitter::end_run() {
  if (!run_) return !stopped_;
  const auto batch = std::move(run_);
  run_ = nullptr;
  const bool whole = run_first_ == 0 && run_end_ == batch->size();
  if (whole && batches_ == Batches::many) return hand_on_copies() && give(batch);
  for (std::uint32_t row = run_first_; row < run_end_; ++row) {
    copy((*batch)[row]);
    if (batches_ == Batches::one) continue;
    if ((copies_->rows() >= kBatchRows || copies_->bytes() >= kBatchBytes) && !hand_on_copies()) return false;
  }
  return !stopped_;
}

void RowEmitter::copy(const model::Event& event) {
  if (!copies_) copies_.emplace(std::make_shared<const model::Source>(), kArenaBlock);
  const std::string_view path = event.source().path;
  auto known = sources_.find(path);
  if (known == sources_.end()) {
    auto source = std::make_shared<const model::Source>(event.source());
    known = sources_.emplace(std::string_view(source->path), source).first;
  }
  copies_->set_source(known->second);
  copies_->begin_row(event.position());
  copies_->set_time(event.time());
  copies_->set_sequence(event.sequence());
  for (const model::Cell& cell : event.cells()) {
    copies_->add(cell.field, copy_value(cell.value, copies_->arena()));
  }
  copies_->end_row();
}

bool RowEmitter::hand_on_copies() {
  if (!copies_) return !stopped_;
  const auto batch = copies_->finish();
  copies_.reset();
  sources_.clear();
  return give(batch);
}

bool RowEmitter::give(const std::shared_ptr<const EventBatch>& batch) {
  if (!stopped_ && !batch->empty() && !sink_(batch)) stopped_ = true;
  return !stopped_;
}

}  // namespace vedette::store::search
