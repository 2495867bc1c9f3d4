// RecordParser: one record to one row, by whichever format owns it. What Normalizer and RecordNormalizer
// share.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "evtx/chunk.hpp"
#include "vedette/model/event.hpp"
#include "vedette/normalize/format.hpp"
#include "vedette/normalize/mapping.hpp"
#include "vedette/normalize/normalizer.hpp"

namespace vedette::normalize {

// Not thread safe. Rows go to the builder that `open` made.
class RecordParser {
 public:
  RecordParser(const MappingSet& mappings, const StreamOptions& options);
  ~RecordParser();

  void open(std::shared_ptr<const model::Source> source, std::shared_ptr<const void> bytes);
  std::shared_ptr<const model::EventBatch> close();
  // What follows may be of another sender: nothing that earlier records said of it (headers of columns) holds.
  void forget_stream();
  model::BatchBuilder& builder() { return *builder_; }
  model::FieldCache& names() { return names_; }

  // May give no row (skipped: a header line; held), one, or several (held ones that are complete). not_mine:
  // a blank record.
  Outcome record(std::string_view text, std::uint64_t position, const Chunk& chunk);
  // 64 KiB chunks of an EVTX file.
  void read_evtx(std::string_view bytes, std::uint64_t first_chunk);
  // Rows for held events: those that are complete, or all at the end.
  void drain_all(bool at_end);
  // One row for a record that no format gave a row: its bytes, by the format of plain lines.
  void keep_plain(std::string_view text, std::uint64_t position);

  // Called for every row after its format has written it, before the mappings.
  // false: the row is let go.
  std::function<bool(Row& row)> complete;

  const ParseCounts& counts() const { return counts_; }

 private:
  class EvtxRows;
  class Payloads;

  Outcome try_format(std::size_t index, std::string_view text, Row& row);
  std::pair<Outcome, std::size_t> choose(std::string_view text, Row& row);
  std::pair<Outcome, std::size_t> choose_best(std::string_view text, Row& row, std::size_t tried);
  void finish_row(std::size_t index, std::string_view text, const Chunk& chunk, Row& row);
  void keep_original(std::string_view text, std::uint64_t length, Row& row);
  void drain(std::size_t index, bool at_end);
  FormatParser& parser(std::size_t index);
  void publish_counts();

  const MappingSet& mappings_;
  StreamOptions options_;
  std::span<const Format* const> formats_ = all_formats();
  std::unique_ptr<Payloads> payloads_;
  std::vector<std::unique_ptr<FormatParser>> parsers_;
  std::vector<FormatCounts> tally_;
  std::vector<int> scores_;
  std::size_t plain_, first_, current_;
  model::FieldCache names_;
  EvtxChunkReader evtx_;
  model::FieldId length_field_ = model::intern("vedette.record.length");
  model::FieldId tenant_field_ = model::intern("vedette.tenant");
  model::FieldId claimed_tenant_field_ = model::intern("vedette.claimed_tenant");
  std::unique_ptr<model::BatchBuilder> builder_;
  ParseCounts counts_;
};

}  // namespace vedette::normalize
