#include "elasticsearch/catalogue.hpp"

#include <algorithm>

#include "elasticsearch/index_expression.hpp"
#include "vedette/model/value.hpp"

namespace vedette::api::es {
namespace {

constexpr std::uint64_t kMostDatasets = 10'000;
constexpr base::TimeNs kReadTimeout = 10 * base::kNsPerSecond;

bool names_any(std::string_view index, const Datasets& datasets) {
  return std::any_of(datasets.begin(), datasets.end(),
                     [&](const auto& entry) { return names_dataset(index, entry.first); });
}

}  // namespace

base::Result<std::shared_ptr<const Datasets>> Catalogue::read(base::TimeNs now,
                                                              const base::CancellationToken& cancellation) {
  model::SearchRequest request;
  request.filter.kind = model::Predicate::Kind::always;
  request.limit = 0;
  request.limits.timeout = kReadTimeout;
  model::GroupBy by;
  by.keys.push_back({});
  by.keys[0].name = by.keys[0].field = "event.dataset";
  by.metrics.push_back({});
  by.metrics[0].name = "n";
  by.limit = kMostDatasets;
  request.groups.push_back(std::move(by));
  TRY_ASSIGN(const model::SearchResult result, store_.search(request, nullptr, cancellation));
  auto datasets = std::make_shared<Datasets>();
  const model::GroupTable& table = result.groups.at(0);
  std::uint64_t rows = 0;
  model::TextBuffer buffer;
  for (std::size_t i = 0; i < table.rows->size(); ++i) {
    const model::Value* key = (*table.rows)[i].find(model::intern("event.dataset"));
    const model::Value* count = (*table.rows)[i].find(model::intern("n"));
    if (!key || !count) continue;
    const auto number = static_cast<std::uint64_t>(count->as_integer());
    rows += number;
    datasets->emplace(std::string(model::text_of(*key, buffer)), number);
  }
  if (result.total > rows) (*datasets)[""] = result.total - rows;
  const std::lock_guard lock(mutex_);
  if (result.cut == model::Cut::none) known_ = datasets, read_at_ = now;
  return std::shared_ptr<const Datasets>(std::move(datasets));
}

base::Result<std::shared_ptr<const Datasets>> Catalogue::datasets(
    base::TimeNs now, const base::CancellationToken& cancellation) {
  {
    const std::lock_guard lock(mutex_);
    if (known_ && now - read_at_ < base::kNsPerSecond) return known_;
  }
  return read(now, cancellation);
}

base::Result<bool> Catalogue::has(std::string_view index, base::TimeNs now,
                                  const base::CancellationToken& cancellation) {
  {
    const std::lock_guard lock(mutex_);
    if (known_ && names_any(index, *known_)) return true;
  }
  TRY_ASSIGN(const auto datasets, read(now, cancellation));
  return names_any(index, *datasets);
}

}  // namespace vedette::api::es
