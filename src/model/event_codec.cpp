#include "vedette/model/event_codec.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

namespace vedette::model {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kMaxVarintBytes = 10;
constexpr std::size_t kHeaderBytes = 1 + 5 * kMaxVarintBytes;
constexpr std::size_t kMaxRowHeadBytes = 4 * kMaxVarintBytes;
constexpr std::size_t kMaxFieldBytes = 3;                    // a number below FieldTable::kMaxFields
constexpr std::size_t kMaxValueBytes = 1 + kMaxVarintBytes;  // without the text of a string or list
static_assert(FieldTable::kMaxFields < (1 << 21));
constexpr std::size_t kMinRowBytes = 4;
constexpr std::size_t kMinCellBytes = 2;

// The lower three bits of a value's tag; strings and lists have their size above them.
enum Tag : std::uint64_t { kNull, kFalse, kTrue, kInteger, kReal, kString, kList };
constexpr int kTagBits = 3;

constexpr std::uint64_t zigzag(std::uint64_t v) {
  return (v << 1) ^ (0 - (v >> 63));
}
constexpr std::uint64_t unzigzag(std::uint64_t v) {
  return (v >> 1) ^ (0 - (v & 1));
}

// Writes into space that the caller has measured.
class Writer {
 public:
  explicit Writer(char* at) : at_(at) {}
  char* at() const { return at_; }

  void byte(char b) { *at_++ = b; }
  void varint(std::uint64_t v) {
    while (v >= 0x80) {
      *at_++ = static_cast<char>(v | 0x80);
      v >>= 7;
    }
    *at_++ = static_cast<char>(v);
  }
  void raw(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  void text(std::string_view bytes) {
    varint(bytes.size());
    raw(bytes);
  }
  void fixed64(std::uint64_t v) {
    for (int shift = 0; shift < 64; shift += 8) *at_++ = static_cast<char>(v >> shift);
  }

  void scalar(const Value& value) {
    switch (value.kind()) {
      case ValueKind::string:
        varint((std::uint64_t{value.as_string().size()} << kTagBits) | kString);
        return raw(value.as_string());
      case ValueKind::integer:
        byte(kInteger);
        return varint(zigzag(static_cast<std::uint64_t>(value.as_integer())));
      case ValueKind::real:
        byte(kReal);
        return fixed64(std::bit_cast<std::uint64_t>(value.as_real()));
      case ValueKind::boolean:
        return byte(value.as_boolean() ? kTrue : kFalse);
      case ValueKind::null:
      case ValueKind::list:
        return byte(kNull);
    }
  }
  void value(const Value& value) {
    if (!value.is_list()) return scalar(value);
    varint((std::uint64_t{value.as_list().size()} << kTagBits) | kList);
    for (const Value& item : value.as_list()) scalar(item);
  }

 private:
  char* at_;
};

// Reads bytes of any content. After a failure everything read is 0 or empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  void fail() {
    ok_ = false;
    at_ = end_;
  }
  std::uint8_t byte() {
    if (at_ == end_) return fail(), std::uint8_t{0};
    return static_cast<std::uint8_t>(*at_++);
  }
  std::uint64_t varint() {
    if (at_ != end_ && !(*at_ & 0x80)) return static_cast<std::uint8_t>(*at_++);
    return long_varint();
  }
  std::string_view raw(std::uint64_t size) {
    if (size > left() || size > UINT32_MAX) return fail(), std::string_view{};
    const std::string_view bytes(at_, static_cast<std::size_t>(size));
    at_ += size;
    return bytes;
  }
  std::string_view text() { return raw(varint()); }
  std::uint64_t fixed64() {
    std::uint64_t v = 0;
    const std::string_view bytes = raw(8);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      v |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
    }
    return v;
  }

 private:
  // Only the shortest form is valid.
  std::uint64_t long_varint() {
    std::uint64_t v = 0;
    for (int shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto b = static_cast<std::uint8_t>(*at_++);
      v |= std::uint64_t{b & 0x7fu} << shift;
      if (b & 0x80) continue;
      if (b == 0 || (shift == 63 && b > 1)) break;
      return v;
    }
    fail();
    return 0;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

// The numbers that a batch gives its fields, in the order of their ids. One a thread, so that a batch of one
// row does not pay for a table of all fields.
class LocalFields {
 public:
  void note(FieldId id) {
    if (index_of(id) >= numbers_.size()) numbers_.resize(FieldTable::instance().size() + 64);
    if (numbers_[index_of(id)]++ == 0) used_.push_back(id);
  }
  // To be called between the last note() and the first number().
  void assign() {
    std::sort(used_.begin(), used_.end());
    for (std::size_t i = 0; i < used_.size(); ++i) {
      numbers_[index_of(used_[i])] = static_cast<std::uint32_t>(i);
    }
  }
  std::uint32_t number(FieldId id) const { return numbers_[index_of(id)]; }
  std::span<const FieldId> used() const { return used_; }
  void clear() {
    for (const FieldId id : used_) numbers_[index_of(id)] = 0;
    used_.clear();
  }

 private:
  std::vector<std::uint32_t> numbers_;  // by id; all 0 between two batches
  std::vector<FieldId> used_;
};

base::Error corrupt(std::string_view what) {
  return base::make_error(base::ErrorCode::corrupt, std::string("event batch: ").append(what));
}

}  // namespace

class BatchCodec {
 public:
  static void encode(std::string& out, const EventBatch& batch);
  static base::Result<std::shared_ptr<const EventBatch>> decode(std::shared_ptr<const std::string> bytes,
                                                                std::uint64_t first_sequence);
  static std::shared_ptr<const EventBatch> renumbered(std::shared_ptr<const EventBatch> batch,
                                                      std::uint64_t first_sequence);

 private:
  struct Measure {
    std::size_t cells = 0, items = 0, bytes = 0;
  };
  static Measure measure(const EventBatch& batch, LocalFields& fields);
  static void write_rows(Writer& writer, const EventBatch& batch, const LocalFields& fields);

  class Decoder;
};

// Counts, and an upper bound of the bytes.
BatchCodec::Measure BatchCodec::measure(const EventBatch& batch, LocalFields& fields) {
  Measure total;
  total.bytes = kHeaderBytes + batch.rows_.size() * kMaxRowHeadBytes;
  for (const auto& row : batch.rows_) {
    total.cells += row.count;
    for (const Cell& cell : batch.all_cells_.subspan(row.first, row.count)) {
      fields.note(cell.field);
      if (cell.value.is_string()) {
        total.bytes += cell.value.as_string().size();
      } else if (cell.value.is_list()) {
        const auto items = cell.value.as_list();
        total.items += items.size();
        total.bytes += items.size() * kMaxValueBytes;
        for (const Value& item : items) total.bytes += item.is_string() ? item.as_string().size() : 0;
      }
    }
  }
  total.bytes += total.cells * (kMaxFieldBytes + kMaxValueBytes);
  for (const auto& source : batch.sources_) total.bytes += kMaxVarintBytes + source->path.size();
  for (const FieldId id : fields.used()) total.bytes += kMaxVarintBytes + name_of(id).size();
  return total;
}

void BatchCodec::write_rows(Writer& writer, const EventBatch& batch, const LocalFields& fields) {
  std::uint64_t time = 0, position = 0;
  for (const auto& row : batch.rows_) {
    writer.varint(row.count);
    writer.varint(row.source);
    writer.varint(zigzag(static_cast<std::uint64_t>(row.time) - time));
    writer.varint(zigzag(row.position - position - 1));
    time = static_cast<std::uint64_t>(row.time);
    position = row.position;
    std::uint32_t next = 0;
    for (const Cell& cell : batch.all_cells_.subspan(row.first, row.count)) {
      const std::uint32_t number = fields.number(cell.field);
      writer.varint(number - next);
      next = number + 1;
      writer.value(cell.value);
    }
  }
}

void BatchCodec::encode(std::string& out, const EventBatch& batch) {
  thread_local LocalFields fields;
  const Measure total = measure(batch, fields);
  fields.assign();
  const std::size_t start = out.size();
  out.resize(start + total.bytes);
  Writer writer(out.data() + start);
  writer.byte(kVersion);
  writer.varint(batch.rows_.size());
  writer.varint(total.cells);
  writer.varint(total.items);
  writer.varint(batch.sources_.size());
  writer.varint(fields.used().size());
  for (const auto& source : batch.sources_) writer.text(source->path);
  for (const FieldId id : fields.used()) writer.text(name_of(id));
  write_rows(writer, batch, fields);
  fields.clear();
  out.resize(static_cast<std::size_t>(writer.at() - out.data()));
}

class BatchCodec::Decoder {
 public:
  Decoder(const std::shared_ptr<const std::string>& bytes, std::uint64_t first_sequence)
      : reader_(*bytes), sequence_(first_sequence) {
    batch_->held_.push_back(bytes);
  }

  base::Result<std::shared_ptr<const EventBatch>> run() {
    TRY(read_header());
    TRY(read_sources());
    TRY(read_fields());
    TRY(read_rows());
    batch_->all_cells_ = batch_->cells_;
    if (overflows_) return rebuilt();
    return std::shared_ptr<const EventBatch>(std::move(batch_));
  }

 private:
  base::Status read_header();
  base::Status read_sources();
  base::Status read_fields();
  base::Status read_rows();
  base::Status read_row(EventBatch::Row& row);
  bool read_value(Value& value);
  bool read_scalar(std::uint64_t tag, Value& value);
  std::shared_ptr<const EventBatch> rebuilt();

  Reader reader_;
  std::uint64_t sequence_;
  std::shared_ptr<EventBatch> batch_ = std::make_shared<EventBatch>();
  std::uint64_t rows_ = 0, cells_ = 0, items_ = 0, sources_ = 0, fields_ = 0;
  std::vector<std::string_view> names_;
  std::vector<FieldId> ids_;
  std::vector<bool> used_;
  bool sorted_ = true;      // the ids are in the order of the table
  bool overflows_ = false;  // this process has no room for a name; cells hold numbers of the table
  std::span<Value> free_items_;
  std::size_t free_cell_ = 0;
};

// Every count is bounded by what is left of the bytes before anything is allocated for it.
base::Status BatchCodec::Decoder::read_header() {
  if (reader_.byte() != kVersion || !reader_.ok()) return corrupt("unknown version");
  rows_ = reader_.varint();
  cells_ = reader_.varint();
  items_ = reader_.varint();
  sources_ = reader_.varint();
  fields_ = reader_.varint();
  const std::uint64_t left = reader_.left();
  const bool plausible = reader_.ok() && rows_ <= left / kMinRowBytes && cells_ <= left / kMinCellBytes &&
                         cells_ <= UINT32_MAX && items_ <= left && sources_ >= 1 && sources_ <= left &&
                         fields_ <= left && fields_ <= cells_;
  if (!plausible) return corrupt("counts that do not fit its size");
  return base::ok_status();
}

base::Status BatchCodec::Decoder::read_sources() {
  batch_->sources_.reserve(sources_);
  for (std::uint64_t i = 0; i < sources_; ++i) {
    const std::string_view path = reader_.text();
    if (!reader_.ok()) return corrupt("cut within its sources");
    batch_->sources_.push_back(std::make_shared<Source>(Source{std::string(path)}));
  }
  return base::ok_status();
}

base::Status BatchCodec::Decoder::read_fields() {
  thread_local FieldCache cache;
  names_.reserve(fields_);
  ids_.reserve(fields_);
  used_.resize(fields_);
  for (std::uint64_t i = 0; i < fields_; ++i) {
    const std::string_view name = reader_.text();
    if (!reader_.ok() || name.size() > FieldTable::kMaxNameBytes) return corrupt("damaged field names");
    const FieldId id = cache.intern(name);
    if (id == field::overflow && name != name_of(field::overflow)) overflows_ = true;
    if (!ids_.empty() && ids_.back() >= id) sorted_ = false;
    names_.push_back(name);
    ids_.push_back(id);
  }
  if (sorted_) return base::ok_status();
  std::vector<std::string_view> in_order = names_;
  std::sort(in_order.begin(), in_order.end());
  if (std::adjacent_find(in_order.begin(), in_order.end()) != in_order.end()) {
    return corrupt("a field name twice");
  }
  return base::ok_status();
}

base::Status BatchCodec::Decoder::read_rows() {
  batch_->rows_.resize(rows_);
  batch_->cells_.resize(cells_);
  if (items_ > 0) {
    batch_->arena_ = base::Arena(items_ * sizeof(Value) + alignof(Value));
    free_items_ = batch_->arena_.allocate_array<Value>(items_);
  }
  std::uint64_t time = 0, position = 0;
  for (auto& row : batch_->rows_) {
    TRY(read_row(row));
    row.time = static_cast<base::TimeNs>(time += static_cast<std::uint64_t>(row.time));
    row.position = position += row.position + 1;
    row.sequence = sequence_++;
  }
  if (!reader_.at_end() || free_cell_ != cells_ || !free_items_.empty()) {
    return corrupt("counts that do not fit its rows");
  }
  if (std::find(used_.begin(), used_.end(), false) != used_.end()) return corrupt("a field without values");
  return base::ok_status();
}

base::Status BatchCodec::Decoder::read_row(EventBatch::Row& row) {
  const std::uint64_t count = reader_.varint();
  const std::uint64_t source = reader_.varint();
  row.time = static_cast<base::TimeNs>(unzigzag(reader_.varint()));
  row.position = unzigzag(reader_.varint());
  if (!reader_.ok() || count > cells_ - free_cell_ || source >= sources_) return corrupt("a damaged row");
  row.first = static_cast<std::uint32_t>(free_cell_);
  row.count = static_cast<std::uint32_t>(count);
  row.source = static_cast<std::uint32_t>(source);
  free_cell_ += count;
  const std::span<Cell> cells = std::span(batch_->cells_).subspan(row.first, row.count);
  std::uint64_t next = 0;
  for (Cell& cell : cells) {
    const std::uint64_t skipped = reader_.varint();
    if (skipped >= fields_ - next) return corrupt("a value of no field");
    const std::uint64_t number = next + skipped;
    next = number + 1;
    used_[number] = true;
    cell.field = overflows_ ? static_cast<FieldId>(number) : ids_[number];
    if (!read_value(cell.value)) return corrupt("a damaged value");
  }
  if (!sorted_ && !overflows_) {
    std::sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) { return a.field < b.field; });
  }
  return base::ok_status();
}

bool BatchCodec::Decoder::read_scalar(std::uint64_t tag, Value& value) {
  switch (tag) {
    case kNull:
      value = Value::null();
      return reader_.ok();
    case kFalse:
    case kTrue:
      value = Value::boolean(tag == kTrue);
      return true;
    case kInteger:
      value = Value::integer(static_cast<std::int64_t>(unzigzag(reader_.varint())));
      return reader_.ok();
    case kReal:
      value = Value::real(std::bit_cast<double>(reader_.fixed64()));
      return reader_.ok();
    default:
      if ((tag & ((1u << kTagBits) - 1)) != kString) return false;
      value = Value::string(reader_.raw(tag >> kTagBits));
      return reader_.ok();
  }
}

bool BatchCodec::Decoder::read_value(Value& value) {
  const std::uint64_t tag = reader_.varint();
  if ((tag & ((1u << kTagBits) - 1)) != kList) return read_scalar(tag, value);
  const std::uint64_t size = tag >> kTagBits;
  if (size > free_items_.size() || size > UINT32_MAX) return false;
  const std::span<Value> items = free_items_.first(size);
  free_items_ = free_items_.subspan(size);
  for (Value& item : items) {
    if (!read_scalar(reader_.varint(), item)) return false;
  }
  value = Value::list(items);
  return true;
}

// Names that this process's table has no room for are kept with their values, as they are when they arrive.
std::shared_ptr<const EventBatch> BatchCodec::Decoder::rebuilt() {
  BatchBuilder builder(batch_->sources_.front());
  FieldCache cache;
  builder.hold(batch_);
  for (const auto& row : batch_->rows_) {
    builder.set_source(batch_->sources_[row.source]);
    builder.begin_row(row.position);
    builder.set_time(row.time);
    builder.set_sequence(row.sequence);
    for (const Cell& cell : batch_->all_cells_.subspan(row.first, row.count)) {
      builder.add_named(cache, names_[index_of(cell.field)], cell.value);
    }
    builder.end_row();
  }
  return builder.finish();
}

base::Result<std::shared_ptr<const EventBatch>> BatchCodec::decode(std::shared_ptr<const std::string> bytes,
                                                                   std::uint64_t first_sequence) {
  return Decoder(bytes, first_sequence).run();
}

std::shared_ptr<const EventBatch> BatchCodec::renumbered(std::shared_ptr<const EventBatch> batch,
                                                         std::uint64_t first_sequence) {
  const auto copy = std::make_shared<EventBatch>();
  copy->rows_ = batch->rows_;
  for (auto& row : copy->rows_) row.sequence = first_sequence++;
  copy->all_cells_ = batch->all_cells_;
  copy->sources_ = batch->sources_;
  copy->held_.push_back(std::move(batch));
  return copy;
}

void encode_batch(std::string& out, const EventBatch& batch) {
  BatchCodec::encode(out, batch);
}

base::Result<std::shared_ptr<const EventBatch>> decode_batch(std::shared_ptr<const std::string> bytes,
                                                             std::uint64_t first_sequence) {
  return BatchCodec::decode(std::move(bytes), first_sequence);
}

std::shared_ptr<const EventBatch> with_sequences(std::shared_ptr<const EventBatch> batch,
                                                 std::uint64_t first_sequence) {
  return BatchCodec::renumbered(std::move(batch), first_sequence);
}

}  // namespace vedette::model
