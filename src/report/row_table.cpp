#include "row_table.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "describe.hpp"
#include "text_layout.hpp"
#include "vedette/base/text.hpp"

namespace vedette::report {
namespace {

// Rows that are looked at before the first is written: they decide the widths.
constexpr std::size_t kSampleRows = 500;
constexpr int kGap = 2;
constexpr int kMinWidth = 6;
constexpr int kMaxWidthInPipe = 120;
constexpr std::size_t kMaxCellBytes = 2048;

constexpr std::array<std::string_view, 5> kEventColumns = {"TIME (UTC)", "HOST", "USER", "WHAT", "EVENT"};

std::string first_text(const model::Event& event, std::initializer_list<std::string_view> fields) {
  for (const std::string_view field : fields) {
    std::string text = cell_text(event, field);
    if (text != "-" && !text.empty()) return text;
  }
  return {};
}

// What an event is about, in one line.
std::string summary_of(const model::Event& event) {
  return first_text(event,
                    {"process.command_line", "url.original", "dns.question.name", "message", "event.original",
                     "file.path", "registry.path", "destination.ip", "process.executable", "event.action"});
}

std::vector<std::string> event_cells(const model::Event& event) {
  return {date_time_text(event.time()), host_of(event), user_of(event),
          first_text(event, {"event.dataset", "event.module", "event.action"}), summary_of(event)};
}

bool is_number(const std::string& cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.-+e") == std::string::npos &&
         cell.find_first_of("0123456789") != std::string::npos;
}

class RowTable final : public RowWriter {
 public:
  RowTable(Sink sink, const WriterOptions& options) : sink_(std::move(sink)), options_(options) {}

  void begin(const std::vector<std::string>& columns) override {
    columns_ = columns;
    titles_ = columns;
    if (columns.empty()) titles_.assign(kEventColumns.begin(), kEventColumns.end());
    for (std::string& title : titles_) title = base::escape_control(title);
    right_.assign(titles_.size(), !columns.empty());
  }

  void write(const model::EventBatch& rows) override {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      std::vector<std::string> cells = cells_of(rows[row]);
      if (laid_out_) {
        write_line(cells, {});
      } else {
        sample_.push_back(std::move(cells));
        if (sample_.size() == kSampleRows) flush();
      }
    }
  }

  void finish() override {
    if (!laid_out_ && !sample_.empty()) flush();
  }

 private:
  std::vector<std::string> cells_of(const model::Event& event) const {
    std::vector<std::string> cells;
    if (columns_.empty()) {
      cells = event_cells(event);
    } else {
      for (const std::string& column : columns_) cells.push_back(cell_text(event, column));
    }
    for (std::string& cell : cells) {
      cell = cell.empty() ? "-" : base::escape_control(cut_bytes(cell, kMaxCellBytes));
    }
    return cells;
  }

  void flush() {
    laid_out_ = true;
    widths_.resize(titles_.size());
    for (std::size_t i = 0; i < titles_.size(); ++i) {
      widths_[i] = display_width(titles_[i]);
      for (const auto& cells : sample_) {
        widths_[i] = std::max(widths_[i], display_width(cells[i]));
        if (cells[i] != "-" && !is_number(cells[i])) right_[i] = false;
      }
      if (options_.width <= 0) widths_[i] = std::min(widths_[i], kMaxWidthInPipe);
    }
    if (options_.width > 0) shrink(options_.width);
    write_line(titles_, ansi::kBold);
    for (const auto& cells : std::exchange(sample_, {})) write_line(cells, {});
  }

  // Takes from the widest columns until the line fits.
  void shrink(int width) {
    int used = std::accumulate(widths_.begin(), widths_.end(), static_cast<int>(widths_.size() - 1) * kGap);
    while (used > width) {
      const auto widest = std::max_element(widths_.begin(), widths_.end());
      if (*widest <= kMinWidth) return;
      --*widest;
      --used;
    }
  }

  void write_line(const std::vector<std::string>& cells, std::string_view code) {
    std::string line;
    int column_end = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      std::string cell = fit_left(cells[i], widths_[i]);
      if (right_[i]) {
        cell.insert(0, static_cast<std::size_t>(std::max(0, widths_[i] - display_width(cell))), ' ');
      }
      line += cell;
      column_end += widths_[i];
      if (i + 1 < cells.size()) {
        column_end += kGap;
        pad_to(line, column_end);
      }
    }
    sink_(painted(line, code, options_.color && !code.empty()) + "\n");
  }

  Sink sink_;
  const WriterOptions options_;
  std::vector<std::string> columns_, titles_;
  std::vector<std::vector<std::string>> sample_;
  std::vector<int> widths_;
  std::vector<bool> right_;
  bool laid_out_ = false;
};

}  // namespace

std::unique_ptr<RowWriter> make_row_table(Sink sink, const WriterOptions& options) {
  return std::make_unique<RowTable>(std::move(sink), options);
}

}  // namespace vedette::report
