// The CSV table enricher.
#include "enrich/table.hpp"

#include <algorithm>
#include <array>

#include "enrich/addresses.hpp"
#include "enrich/csv_reader.hpp"
#include "enrich/extending.hpp"
#include "enrich/key_index.hpp"
#include "enrich/text_pool.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"
#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {
namespace {

constexpr std::size_t kMaxTableBytes = std::size_t{1} << 30;
constexpr std::size_t kMaxTableRows = 5'000'000;
constexpr std::size_t kMaxTableColumns = 256;
constexpr std::size_t kMaxTableDiagnostics = 100;
constexpr std::size_t kMaxKeyBytes = 4096;
enum KeyKind : std::uint64_t { kTextKey, kNetworkKey };

// Rows of a table and their keys.
struct TableRows {
  std::vector<model::FieldId> fields;    // of the columns that are added
  std::vector<TextPool::Id> keys;        // per row: the folded key, or the 17 bytes of a network
  std::vector<TextPool::Id> cells;       // fields.size() per row
  std::vector<std::uint8_t> is_network;  // per row
  TextPool pool;
  KeyIndex index;
  PrefixLengths prefixes;
  bool has_networks = false;

  std::uint32_t find(std::string_view key, KeyKind kind) const {
    return index.find(KeyIndex::hash(key, kind), [&](std::uint32_t row) {
      return (is_network[row] != 0) == (kind == kNetworkKey) && pool.text(keys[row]) == key;
    });
  }
};

class TableLoader {
 public:
  TableLoader(const TableOptions& options, std::string_view text, base::Diagnostics& diagnostics)
      : options_(options), text_(text), diagnostics_(diagnostics), reader_(text, delimiter(text), '\0') {}

  // False after an error, which is among the diagnostics.
  bool load(TableRows& rows) {
    if (!read_header(rows)) return false;
    std::vector<std::string_view> cells;
    for (;;) {
      const CsvReader::Outcome outcome = reader_.next(cells);
      if (outcome == CsvReader::Outcome::end) break;
      if (outcome == CsvReader::Outcome::bad) {
        tell(base::Severity::warning, "bad-row", std::string("the row ") + reader_.fault());
        continue;
      }
      if (!add_row(cells, rows)) return false;
    }
    build_index(rows);
    return true;
  }

 private:
  static char delimiter(std::string_view text) { return guess_delimiter(text.substr(0, text.find('\n'))); }

  void tell(base::Severity severity, std::string code, std::string message, std::string help = "") {
    tell_at(severity, reader_.line(), std::move(code), std::move(message), std::move(help));
  }
  void tell_at(base::Severity severity, std::uint32_t line, std::string code, std::string message,
               std::string help = "") {
    if (told_ == kMaxTableDiagnostics && severity != base::Severity::error) return;
    ++told_;
    diagnostics_.push_back(
        {severity, options_.file, {line, 0}, std::move(code), std::move(message), std::move(help)});
  }

  bool read_header(TableRows& rows) {
    std::vector<std::string_view> cells;
    if (reader_.next(cells) != CsvReader::Outcome::record) {
      tell(base::Severity::error, "no-header", "the table has no header line");
      return false;
    }
    if (cells.size() > kMaxTableColumns) {
      tell(base::Severity::error, "too-many-columns", "the table has more than 256 columns");
      return false;
    }
    std::vector<std::string_view> names;
    bool good = true;
    for (std::size_t i = 0; i < cells.size(); ++i) good &= read_column(base::trim(cells[i]), i, names, rows);
    if (!good) return false;
    if (key_column_ < cells.size()) return true;
    const std::string_view nearest = base::nearest_name(options_.key_column, names);
    tell(base::Severity::error, "unknown-column", "the table has no column \"" + options_.key_column + "\"",
         nearest.empty() ? "" : "did you mean \"" + std::string(nearest) + "\"?");
    return false;
  }

  bool read_column(std::string_view name, std::size_t at, std::vector<std::string_view>& names,
                   TableRows& rows) {
    const bool is_key = name == options_.key_column;
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      tell(base::Severity::error, "duplicate-column",
           "the column \"" + std::string(name) + "\" occurs twice");
      return false;
    }
    if (name.empty()) {
      tell(base::Severity::warning, "unnamed-column",
           "column " + std::to_string(at + 1) + " has no name and is ignored");
      return true;
    }
    names.push_back(name);
    if (is_key) {
      key_column_ = at;
      return true;
    }
    const model::FieldId field = model::intern(options_.prefix + std::string(name));
    if (field == model::field::overflow) {
      tell(base::Severity::error, "bad-column",
           "column " + std::to_string(at + 1) + " cannot be a field name");
      return false;
    }
    columns_.push_back(at);
    rows.fields.push_back(field);
    return true;
  }

  bool add_row(const std::vector<std::string_view>& cells, TableRows& rows) {
    if (key_column_ >= cells.size() || base::trim(cells[key_column_]).empty()) {
      tell(base::Severity::warning, "no-key", "the row has no key and is ignored");
      return true;
    }
    if (rows.keys.size() == kMaxTableRows) {
      tell(base::Severity::error, "too-many-rows", "the table has more than 5000000 rows");
      return false;
    }
    if (!add_key(base::trim(cells[key_column_]), rows)) return true;
    for (const std::size_t column : columns_) {
      rows.cells.push_back(column < cells.size() ? rows.pool.intern(base::trim(cells[column])) : 0);
    }
    lines_.push_back(reader_.line());
    if (rows.pool.fits()) return true;
    tell(base::Severity::error, "too-large", "the table holds more text than 4 GiB");
    return false;
  }

  bool add_key(std::string_view key, TableRows& rows) {
    if (key.size() > kMaxKeyBytes) {
      tell(base::Severity::warning, "long-key",
           "the row's key is longer than 4096 bytes; the row is ignored");
      return false;
    }
    const auto network = base::IpNetwork::parse(key);
    const bool looks_like_network =
        key.find('/') != key.npos && base::IpAddress::parse(key.substr(0, key.find('/')));
    if (!network.ok() && looks_like_network) {
      tell(base::Severity::warning, "bad-network", network.error().message + "; the row is ignored");
      return false;
    }
    if (network.ok()) {
      rows.keys.push_back(rows.pool.intern(NetworkKey(network->base, network->prefix).view()));
      rows.prefixes.add(network->prefix);
      rows.has_networks = true;
    } else {
      rows.keys.push_back(rows.pool.intern(base::folded(key)));
    }
    rows.is_network.push_back(network.ok());
    return true;
  }

  // The last row of a key wins.
  void build_index(TableRows& rows) {
    rows.index.reset(rows.keys.size());
    for (std::uint32_t row = 0; row < rows.keys.size(); ++row) {
      const std::string_view key = rows.pool.text(rows.keys[row]);
      const KeyKind kind = rows.is_network[row] ? kNetworkKey : kTextKey;
      const std::uint32_t earlier = rows.find(key, kind);
      rows.index.put(KeyIndex::hash(key, kind), row, [&](std::uint32_t other) { return other == earlier; });
      if (earlier != KeyIndex::kNone) {
        tell_at(base::Severity::warning, lines_[row], "duplicate-key",
                "the key of this row stands in line " + std::to_string(lines_[earlier]) +
                    ", too; the last row holds");
      }
    }
    rows.pool.seal();
    rows.keys.shrink_to_fit();
    rows.cells.shrink_to_fit();
    rows.is_network.shrink_to_fit();
  }

  const TableOptions& options_;
  std::string_view text_;
  base::Diagnostics& diagnostics_;
  CsvReader reader_;
  std::size_t key_column_ = ~std::size_t{0};
  std::vector<std::size_t> columns_;
  std::vector<std::uint32_t> lines_;
  std::size_t told_ = 0;
};

class TableEnricher final : public Enricher, public Extending {
 public:
  TableEnricher(TableRows rows, std::vector<model::FieldId> match)
      : rows_(std::move(rows)), match_(std::move(match)) {}

  std::shared_ptr<const model::EventBatch> enrich(
      std::shared_ptr<const model::EventBatch> batch) const override {
    return extended(*this, std::move(batch));
  }

  void extend(model::BatchExtender& extender) const override {
    if (rows_.keys.empty()) return;
    for (std::uint32_t row = 0; row < extender.batch().size(); ++row) {
      for (const model::FieldId field : match_) {
        const model::Value* value = extender.find(row, field);
        const std::uint32_t found = value ? look_up(*value) : KeyIndex::kNone;
        if (found == KeyIndex::kNone) continue;
        add_cells(row, found, extender);
        break;
      }
    }
  }

 private:
  std::uint32_t look_up(const model::Value& value) const {
    for (const model::Value& element : value.elements()) {
      model::TextBuffer buffer;
      const std::string_view text = base::trim(model::text_of(element, buffer));
      if (text.empty() || text.size() > kMaxKeyBytes) continue;
      const std::uint32_t found = look_up(text);
      if (found != KeyIndex::kNone) return found;
    }
    return KeyIndex::kNone;
  }

  std::uint32_t look_up(std::string_view text) const {
    std::array<char, base::folded_bound(256)> small;
    std::uint32_t found = KeyIndex::kNone;
    if (text.size() <= 256) {
      found = rows_.find({small.data(), base::fold_into(small.data(), text)}, kTextKey);
    } else {
      found = rows_.find(base::folded(text), kTextKey);
    }
    if (found != KeyIndex::kNone || !rows_.has_networks) return found;
    const auto address = address_of(text);
    if (!address) return found;
    rows_.prefixes.longest_first([&](int prefix) {
      found = rows_.find(NetworkKey(*address, prefix).view(), kNetworkKey);
      return found != KeyIndex::kNone;
    });
    return found;
  }

  void add_cells(std::uint32_t row, std::uint32_t found, model::BatchExtender& extender) const {
    const std::size_t columns = rows_.fields.size();
    for (std::size_t i = 0; i < columns; ++i) {
      const TextPool::Id cell = rows_.cells[found * columns + i];
      if (cell == 0 || extender.find(row, rows_.fields[i])) continue;
      extender.add(row, rows_.fields[i], model::Value::string(extender.arena().copy(rows_.pool.text(cell))));
    }
  }

  TableRows rows_;
  std::vector<model::FieldId> match_;
};

}  // namespace

base::Result<std::unique_ptr<Enricher>> make_table_enricher_of(const TableOptions& options,
                                                               std::string_view text,
                                                               base::Diagnostics& diagnostics) {
  if (options.match_fields.empty()) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "table \"" + options.name + "\" names no field to match");
  }
  TableRows rows;
  if (!TableLoader(options, text, diagnostics).load(rows)) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "table \"" + options.name + "\" (" + options.file +
                                ") cannot be used: " + diagnostics.back().message);
  }
  std::vector<model::FieldId> match;
  for (const std::string& name : options.match_fields) match.push_back(model::intern(name));
  return std::unique_ptr<Enricher>(std::make_unique<TableEnricher>(std::move(rows), std::move(match)));
}

base::Result<std::unique_ptr<Enricher>> make_table_enricher(const TableOptions& options,
                                                            base::Diagnostics& diagnostics) {
  TRY_ASSIGN(const std::string text, base::read_file(options.file, kMaxTableBytes));
  return make_table_enricher_of(options, text, diagnostics);
}

}  // namespace vedette::normalize
