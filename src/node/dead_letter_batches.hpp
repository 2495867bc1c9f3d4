// Dead letters on their way back to the parsers.
#pragma once

#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "vedette/model/raw_batch.hpp"
#include "vedette/node/dead_letters.hpp"
#include "vedette/normalize/record_normalizer.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::node {

inline constexpr std::size_t kReplayBatch = 1000;

struct Letter {
  std::string text, id, dataset;
  base::TimeNs time = 0;
};
// What a raw batch has in common.
struct LetterKey {
  std::string source, format, tenant;
  auto operator<=>(const LetterKey&) const = default;
};
using LetterGroups = std::map<LetterKey, std::vector<Letter>>;

// Dead letters of `letters` that pass `filter` and were not replayed before, as `all` tells. Letters that are
// not whole (cut, or without their text) are counted as cut.
base::Result<LetterGroups> read_letters(const ports::LogStore& letters, const ports::LogStore& all,
                                        const model::Predicate& filter, ReplayTotals& totals,
                                        const base::CancellationToken& cancellation);
model::RawBatch letter_batch(const LetterKey& key, std::span<const Letter> letters);
// Those that parse by now; the others are counted.
std::vector<Letter> parsing_letters(normalize::RecordNormalizer& normalizer, const LetterKey& key,
                                    std::span<const Letter> letters, ReplayTotals& totals);

}  // namespace vedette::node
