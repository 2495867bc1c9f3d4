#include "binxml.hpp"

#include <string>

#include "tokens.hpp"

namespace vedette::normalize::evtx {

void BinaryXml::begin_chunk(std::string_view chunk) {
  pool_.begin(chunk);
  programs_.clear();
  buckets_.fill(-1);
}

const char* BinaryXml::run(std::size_t begin, std::size_t end, WindowsRecord& record) {
  record_ = &record;
  error_ = nullptr;
  values_.clear();
  fragment(begin, end, CompileOptions{}, 0);
  record_ = nullptr;
  return error_;
}

// Ends at the end-of-stream token: what pads a record behind it may look like another fragment. In an array
// of binary XML it does not end there.
void BinaryXml::fragment(std::size_t begin, std::size_t end, const CompileOptions& options, int depth) {
  if (depth > kMaxDepth) return fail("templates are nested too deeply");
  Cursor in{pool_.chunk, begin, end};
  while (!in.at_end() && !in.failed) {
    switch (static_cast<Token>(static_cast<std::uint8_t>(in.chunk[in.at]) & ~kMoreFlag)) {
      case Token::fragment_header:
        in.skip(4);
        break;
      case Token::end_of_stream:
        in.skip(1);
        if (!options.is_array) return;
        break;
      case Token::template_instance:
        in.skip(1);
        instance(in, options.place, depth);
        break;
      default: {
        const Program program = compile(pool_, *record_, in.at, in.end, options);
        return execute(program, {}, depth);
      }
    }
  }
  if (in.failed) fail("a template instance runs beyond its record");
}

void BinaryXml::instance(Cursor& in, Place place, int depth) {
  if (!pool_.spend(0)) return fail(kOverBudget);
  const Instance header = read_instance(in);
  const std::size_t mark = values_.size();
  const Values values = read_values(in);
  if (header.definition + kDefinitionHeader > pool_.chunk.size() || header.definition == 0) {
    return fail("a template lies beyond the chunk");
  }
  const Program program = cached_program(header.definition, place);
  if (program.needs_values || has_unforeseen_xml(program, values)) {
    // values_ may move while nested instances run: the copy is what the compiler looks at.
    const std::vector<BinaryValue> copy(
        values_.begin() + static_cast<std::ptrdiff_t>(values.first),
        values_.begin() + static_cast<std::ptrdiff_t>(values.first + values.count));
    const std::span<const BinaryValue> known(copy);
    CompileOptions options;
    options.place = place;
    options.values = &known;
    execute(compile_definition(header.definition, options), values, depth);
  } else {
    execute(program, values, depth);
  }
  values_.resize(mark);
}

// A value that runs beyond the record is null, like those behind it.
BinaryXml::Values BinaryXml::read_values(Cursor& in) {
  Values values{values_.size(), 0};
  const auto count = in.take<std::uint32_t>();
  if (count > in.left() / 4) {
    fail("a template has more values than its record holds");
    in.at = in.end;
    return values;
  }
  values.count = count;
  Cursor sizes = in;
  in.skip(std::size_t{4} * count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto size = sizes.take<std::uint16_t>();
    const auto type = sizes.take<std::uint8_t>();
    sizes.skip(1);
    const std::string_view bytes = in.bytes(size);
    values_.push_back({bytes, in.failed ? std::uint8_t{0} : type});
  }
  if (in.failed) fail("the values of a template run beyond the record");
  return values;
}

const Program& BinaryXml::cached_program(std::size_t definition, Place place) {
  std::int32_t& bucket = buckets_[(definition >> 3 ^ definition) % kBuckets];
  for (std::int32_t at = bucket; at >= 0; at = programs_[static_cast<std::size_t>(at)].next) {
    const CachedProgram& cached = programs_[static_cast<std::size_t>(at)];
    if (cached.definition == definition && cached.place == place) return cached.program;
  }
  CompileOptions options;
  options.place = place;
  const Program program = compile_definition(definition, options);
  programs_.push_back({definition, place, bucket, program});
  bucket = static_cast<std::int32_t>(programs_.size() - 1);
  return programs_.back().program;
}

Program BinaryXml::compile_definition(std::size_t definition, const CompileOptions& options) {
  const std::size_t begin = definition + kDefinitionHeader;
  const auto size = load<std::uint32_t>(pool_.chunk.data() + begin - 4);
  const bool fits = size <= pool_.chunk.size() - begin;
  Program program = compile(pool_, *record_, begin, fits ? begin + size : pool_.chunk.size(), options);
  if (!fits && !program.error) program.error = "a template runs beyond the chunk";
  return program;
}

// Whether a value is binary XML where the template announces something else.
bool BinaryXml::has_unforeseen_xml(const Program& program, const Values& values) const {
  for (std::size_t i = 0; i < values.count; ++i) {
    if (!values_[values.first + i].is_binary_xml()) continue;
    bool foreseen = false;
    for (std::size_t at = 0; at < program.op_count && !foreseen; ++at) {
      const Op& op = pool_.ops[program.first_op + at];
      foreseen = op.kind == OpKind::embed_value && op.index == i;
    }
    if (!foreseen) return true;
  }
  return false;
}

void BinaryXml::execute(const Program& program, const Values& values, int depth) {
  for (std::uint32_t i = 0; i < program.op_count; ++i) {
    const Op op = pool_.ops[program.first_op + i];  // nested templates may move the list
    if (!pool_.spend(0)) return fail(kOverBudget);
    CompileOptions inner;
    inner.place = op.place;
    switch (op.kind) {
      case OpKind::literal:
        record_->put(op.target, op.literal);
        break;
      case OpKind::value:
        put_value(op.target, value_at(values, op.index));
        break;
      case OpKind::pieces:
        put_pieces(op.target, op.index, values);
        break;
      case OpKind::embed_value: {
        const BinaryValue value = value_at(values, op.index);
        if (!value.is_binary_xml() || value.bytes.empty()) break;
        const auto begin = static_cast<std::size_t>(value.bytes.data() - pool_.chunk.data());
        inner.has_dependency = false;
        inner.is_array = value.is_array();
        fragment(begin, begin + value.bytes.size(), inner, depth + 1);
        break;
      }
      case OpKind::embed_bytes:
        fragment(op.begin, op.end, inner, depth + 1);
        break;
    }
  }
  if (program.error) fail(program.error);
}

BinaryValue BinaryXml::value_at(const Values& values, std::uint32_t index) {
  if (index < values.count) return values_[values.first + index];
  fail("a template refers to a value that its instance does not have");
  return {};
}

// The element of an array stands once for every item.
void BinaryXml::put_value(const RecordTarget& target, const BinaryValue& value) {
  if (!value.is_array()) return put_scalar(target, value);
  ArrayItems items(value);
  BinaryValue item;
  bool any = false;
  while (items.next(item)) {
    if (!pool_.spend(0)) return fail(kOverBudget);
    put_scalar(target, item);
    any = true;
  }
  if (!any) record_->put(target, std::string_view{});
}

void BinaryXml::put_scalar(const RecordTarget& target, const BinaryValue& value) {
  if (value.bytes.size() >= 64 && !pool_.spend(value.bytes.size())) return fail(kOverBudget);
  base::Arena& arena = record_->row().arena();
  switch (target.slot) {
    case RecordSlot::integer: {
      const model::Value typed = typed_value(value, arena);
      if (!typed.is_string()) return record_->put_value(target, typed);
      return record_->put(target, typed.as_string());
    }
    case RecordSlot::guid:
      if (value.type() == ValueType::guid && value.bytes.size() == 16) {
        return record_->put_value(target, model::Value::string(text_of(value, arena)));
      }
      break;
    case RecordSlot::time:
      if (value.type() == ValueType::file_time && value.bytes.size() == 8) {
        if (const auto time = time_from_file_time(load<std::uint64_t>(value.bytes.data()))) {
          return record_->put_time(*time);
        }
      }
      break;
    default:
      break;
  }
  record_->put(target, text_of(value, arena));
}

void BinaryXml::put_pieces(const RecordTarget& target, std::uint32_t first_piece, const Values& values) {
  std::string text;
  auto at = static_cast<std::int32_t>(first_piece);
  while (at != kNoPiece) {
    const Piece& piece = pool_.pieces[static_cast<std::size_t>(at)];
    append_piece(text, piece, values);
    if (!pool_.spend(text.size())) return fail(kOverBudget);
    at = piece.next;
  }
  record_->put(target, record_->row().arena().copy(text));
}

// The items of an array are set apart by commas.
void BinaryXml::append_piece(std::string& text, const Piece& piece, const Values& values) {
  if (!piece.is_substitution) {
    text += piece.literal;
    return;
  }
  const BinaryValue value = value_at(values, piece.substitution);
  if (!value.is_array()) {
    text += text_of(value, record_->row().arena());
    return;
  }
  ArrayItems items(value);
  BinaryValue item;
  for (bool first = true; items.next(item); first = false) {
    if (!first) text += ',';
    text += text_of(item, record_->row().arena());
  }
}

}  // namespace vedette::normalize::evtx
