#include <algorithm>

#include "format/blob.hpp"
#include "format/column_chunk.hpp"

namespace vedette::store::format {

using model::Value;

namespace {

bool read_row_list(ByteReader& in, std::uint32_t block_rows, std::vector<std::uint32_t>& rows) {
  const std::uint64_t count = in.varint();
  if (!in.ok() || count == 0 || count > block_rows) return false;
  std::vector<std::int64_t> numbers(count);
  if (!read_integers(in, numbers)) return false;
  std::int64_t last = -1;
  for (const std::int64_t row : numbers) {
    if (row <= last || row >= block_rows) return false;
    rows.push_back(static_cast<std::uint32_t>(row));
    last = row;
  }
  return true;
}

bool read_row_bits(ByteReader& in, std::uint32_t block_rows, std::vector<std::uint32_t>& rows) {
  std::string bits;
  if (!read_blob(in, bits) || bits.size() != (block_rows + 7) / 8) return false;
  for (std::uint32_t row = 0; row < bits.size() * 8; ++row) {
    if ((static_cast<unsigned char>(bits[row / 8]) >> (row % 8) & 1) == 0) continue;
    if (row >= block_rows) return false;
    rows.push_back(row);
  }
  return !rows.empty();
}

// `all` is set, or the rows that have the field are.
bool read_presence(ByteReader& in, std::uint32_t block_rows, bool& all, std::vector<std::uint32_t>& rows) {
  const std::uint8_t form = in.u8();
  all = form == kAllRows;
  if (!in.ok() || block_rows == 0) return false;
  if (all) return true;
  if (form == kListedRows) return read_row_list(in, block_rows, rows);
  return form == kBitRows && read_row_bits(in, block_rows, rows);
}

bool read_codes(ByteReader& in, std::size_t distinct, std::span<std::uint16_t> to) {
  const unsigned width = in.u8();
  if (width > 16) return false;
  if (width == 0) {
    std::string bytes;
    const std::size_t planes = distinct <= 256 ? 1 : 2;
    if (!read_blob(in, bytes) || bytes.size() != to.size() * planes) return false;
    for (std::size_t i = 0; i < to.size(); ++i) {
      const unsigned low = static_cast<unsigned char>(bytes[i]);
      const unsigned high = planes == 2 ? static_cast<unsigned char>(bytes[to.size() + i]) : 0U;
      to[i] = static_cast<std::uint16_t>(low | high << 8);
    }
  } else {
    const std::string_view packed = in.bytes(packed_bytes(to.size(), width));
    if (!in.ok()) return false;
    std::vector<std::uint64_t> numbers(to.size());
    unpack_bits(packed, width, numbers);
    std::transform(numbers.begin(), numbers.end(), to.begin(),
                   [](std::uint64_t code) { return static_cast<std::uint16_t>(code); });
  }
  return std::all_of(to.begin(), to.end(), [&](std::uint16_t code) { return code < distinct; });
}

bool read_coded(ByteReader& in, Layout layout, std::span<const std::uint32_t> rows, bool all,
                std::uint32_t block_rows, DecodedColumn& to) {
  const std::uint64_t distinct = layout == Layout::constant ? 1 : in.varint();
  const std::size_t count = all ? block_rows : rows.size();
  if (!in.ok() || distinct == 0 || distinct > kMaxDictionary || distinct > count) return false;
  if (!read_values(in, distinct, to.store, to.values)) return false;
  to.column.form = Column::Form::dictionary;
  to.column.dictionary = to.values;
  if (layout == Layout::constant && all) return true;
  std::vector<std::uint16_t> codes(count, 0);
  if (layout == Layout::dictionary && !read_codes(in, distinct, codes)) return false;
  if (all) {
    to.codes = std::move(codes);
  } else {
    to.codes.assign(block_rows, Column::kAbsent);
    for (std::size_t i = 0; i < rows.size(); ++i) to.codes[rows[i]] = codes[i];
  }
  to.column.codes = to.codes;
  return true;
}

template <typename T>
void spread(std::vector<T>& values, std::span<const std::uint32_t> rows, std::uint32_t block_rows) {
  std::vector<T> spread(block_rows);
  for (std::size_t i = 0; i < rows.size(); ++i) spread[rows[i]] = values[i];
  values = std::move(spread);
}

bool read_plain(ByteReader& in, std::string_view rest, std::span<const std::uint32_t> rows, bool all,
                std::uint32_t block_rows, DecodedColumn& to) {
  const std::size_t count = all ? block_rows : rows.size();
  const bool integers = !rest.empty() && rest[0] == static_cast<char>(StreamKind::integers);
  if (integers) {
    if (!read_integer_values(in, to.integers, count)) return false;
    if (!all) spread(to.integers, rows, block_rows);
    to.column.form = Column::Form::integers;
    to.column.integers = to.integers;
  } else {
    if (!read_values(in, count, to.store, to.values)) return false;
    if (!all) spread(to.values, rows, block_rows);
    to.column.form = Column::Form::values;
    to.column.values = to.values;
  }
  if (all) return true;
  to.present = Bitmap(block_rows);
  for (const std::uint32_t row : rows) to.present.set(row);
  to.column.present = &to.present;
  return true;
}

}  // namespace

std::uint64_t DecodedColumn::memory() const {
  return codes.capacity() * sizeof(codes[0]) + integers.capacity() * sizeof(integers[0]) +
         values.capacity() * sizeof(values[0]) + store.bytes + sizeof(*this);
}

std::optional<std::uint64_t> reference_of(std::string_view chunk) {
  ByteReader in(chunk);
  if (in.u8() != static_cast<std::uint8_t>(Layout::reference)) return std::nullopt;
  const std::uint64_t column = in.varint();
  return in.ok() && in.at_end() ? column : ~0ULL;
}

std::unique_ptr<DecodedColumn> read_chunk(std::string_view chunk, std::uint32_t block_rows) {
  ByteReader in(chunk);
  const auto layout = static_cast<Layout>(in.u8());
  bool all = false;
  std::vector<std::uint32_t> rows;
  auto decoded = std::make_unique<DecodedColumn>();
  if (!in.ok() || layout > Layout::plain || !read_presence(in, block_rows, all, rows)) return nullptr;
  const std::string_view rest = chunk.substr(chunk.size() - in.left());
  const bool ok = layout == Layout::plain ? read_plain(in, rest, rows, all, block_rows, *decoded)
                                          : read_coded(in, layout, rows, all, block_rows, *decoded);
  return ok && in.ok() && in.at_end() ? std::move(decoded) : nullptr;
}

}  // namespace vedette::store::format
