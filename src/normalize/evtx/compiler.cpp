#include "compiler.hpp"

#include <cstring>
#include <limits>

#include "tokens.hpp"
#include "utf16.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize::evtx {

ProgramBuilder::Text ProgramBuilder::literal_piece(std::string_view text) {
  const auto at = static_cast<std::int32_t>(pool_.pieces.size());
  pool_.pieces.push_back({text, kNoPiece, 0, false});
  return {at, at};
}

ProgramBuilder::Text ProgramBuilder::substitution_piece(std::uint16_t index) {
  const auto at = static_cast<std::int32_t>(pool_.pieces.size());
  pool_.pieces.push_back({{}, kNoPiece, index, true});
  return {at, at};
}

void ProgramBuilder::embed_value(std::uint16_t index, Place place) {
  Op op;
  op.kind = OpKind::embed_value;
  op.index = index;
  op.place = place;
  pool_.ops.push_back(op);
}

void ProgramBuilder::embed_bytes(std::size_t begin, std::size_t end, Place place) {
  Op op;
  op.kind = OpKind::embed_bytes;
  op.begin = static_cast<std::uint32_t>(begin);
  op.end = static_cast<std::uint32_t>(end);
  op.place = place;
  pool_.ops.push_back(op);
}

void ProgramBuilder::append(Text& text, Text piece) {
  if (is_empty(piece)) return;
  if (is_empty(text)) {
    text = piece;
    return;
  }
  pool_.pieces[static_cast<std::size_t>(text.tail)].next = piece.head;
  text.tail = piece.tail;
}

std::string_view ProgramBuilder::piece_text(const Piece& piece) {
  if (!piece.is_substitution) return piece.literal;
  if (piece.substitution >= values_->size()) return {};
  return text_of((*values_)[piece.substitution], pool_.arena);
}

std::optional<std::string_view> ProgramBuilder::literal(const Text& text) {
  if (is_empty(text)) return std::string_view{};
  const Piece& first = pool_.pieces[static_cast<std::size_t>(text.head)];
  if (!is_known(first)) return std::nullopt;
  std::string_view all = piece_text(first);
  for (std::int32_t at = first.next; at != kNoPiece; at = pool_.pieces[static_cast<std::size_t>(at)].next) {
    const Piece& piece = pool_.pieces[static_cast<std::size_t>(at)];
    if (!is_known(piece)) return std::nullopt;
    const std::string_view more = piece_text(piece);
    if (!pool_.spend(all.size() + more.size())) return all;
    char* joined = pool_.arena.allocate(all.size() + more.size());
    if (!all.empty()) std::memcpy(joined, all.data(), all.size());
    if (!more.empty()) std::memcpy(joined + all.size(), more.data(), more.size());
    all = {joined, all.size() + more.size()};
  }
  return all;
}

void ProgramBuilder::put(const RecordTarget& target, const Text& text) {
  Op op;
  op.target = target;
  if (is_empty(text)) {
    op.kind = OpKind::literal;
  } else {
    const Piece& first = pool_.pieces[static_cast<std::size_t>(text.head)];
    if (first.next != kNoPiece) {
      op.kind = OpKind::pieces;
      op.index = static_cast<std::uint32_t>(text.head);
    } else if (first.is_substitution) {
      op.kind = OpKind::value;
      op.index = first.substitution;
    } else {
      op.kind = OpKind::literal;
      op.literal = record_.row().arena().copy(first.literal);
    }
  }
  pool_.ops.push_back(op);
}

namespace {

class Compiler {
 public:
  Compiler(ProgramPool& pool, WindowsRecord& record, std::size_t begin, std::size_t end,
           const CompileOptions& options)
      : pool_(pool),
        options_(options),
        builder_(pool, record, options.values),
        shape_(builder_, options.place) {
    in_.chunk = pool.chunk;
    in_.at = begin;
    in_.end = end;
  }

  Program run() {
    Program program;
    program.first_op = static_cast<std::uint32_t>(pool_.ops.size());
    while (!error_ && !in_.at_end()) {
      if (!pool_.spend(0)) fail(kOverBudget);
      const auto token = in_.take<std::uint8_t>();
      const bool more = (token & kMoreFlag) != 0;
      if (static_cast<Token>(token & ~kMoreFlag) == Token::end_of_stream) break;
      handle(static_cast<Token>(token & ~kMoreFlag), more);
      if (in_.failed) fail("binary XML ends within a token");
    }
    if (shape_.depth() > 0) fail("binary XML ends within an element");
    if (shape_.foreign()) fail("the document element is not Event");
    program.op_count = static_cast<std::uint32_t>(pool_.ops.size()) - program.first_op;
    program.needs_values = builder_.needs_values();
    program.error = error_;
    return program;
  }

 private:
  void fail(const char* error) {
    if (!error_) error_ = error;
  }

  void handle(Token token, bool more) {
    switch (token) {
      case Token::end_of_stream:
        break;
      case Token::open_element:
        open_element(more);
        break;
      case Token::close_start_element:
        end_tag();
        break;
      case Token::close_empty_element:
        end_tag();
        close_element();
        break;
      case Token::end_element:
        end_attribute();
        close_element();
        break;
      case Token::value:
        value();
        break;
      case Token::attribute:
        attribute();
        break;
      case Token::cdata:
        add(builder_.literal_piece(read_text()));
        break;
      case Token::char_ref:
        char_ref();
        break;
      case Token::entity_ref:
        entity_ref();
        break;
      case Token::pi_target:
        read_name();
        break;
      case Token::pi_data:
        in_.skip(std::size_t{2} * in_.take<std::uint16_t>());
        break;
      case Token::template_instance:
        template_instance();
        break;
      case Token::normal_substitution:
      case Token::optional_substitution:
        substitution();
        break;
      case Token::fragment_header:
        in_.skip(3);
        break;
      default:
        fail("unknown binary XML token");
        break;
    }
  }

  // Whether the name that a 4-byte offset at `at` points to has the hash that stands with it.
  bool is_name_reference(std::size_t at) const {
    if (at + 4 > in_.end) return false;
    Cursor name{in_.chunk, load<std::uint32_t>(in_.chunk.data() + at), in_.chunk.size()};
    if (name.at >= name.end) return false;
    name.skip(4);
    const auto hash = name.take<std::uint16_t>();
    const std::string_view units = name.bytes(std::size_t{2} * name.take<std::uint16_t>());
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i + 1 < units.size(); i += 2) {
      sum = sum * 65599 + load<std::uint16_t>(units.data() + i);
    }
    return !name.failed && static_cast<std::uint16_t>(sum) == hash;
  }

  // The dependency identifier is there or not; where the expected layout makes no sense the other one is
  // tried.
  bool has_dependency() const {
    const bool expected = options_.has_dependency;
    if (is_name_reference(in_.at + (expected ? 6 : 4))) return expected;
    return is_name_reference(in_.at + (expected ? 4 : 6)) ? !expected : expected;
  }

  void open_element(bool has_attributes) {
    if (in_tag_) return fail("an element begins within a tag");
    if (has_dependency()) in_.skip(2);
    in_.skip(4);
    const std::string_view name = read_name();
    if (has_attributes) in_.skip(4);
    if (in_.failed || error_) return;
    if (!shape_.open(name)) return fail("elements are nested too deeply");
    in_tag_ = true;
  }

  void attribute() {
    if (!in_tag_) return fail("an attribute stands outside of a tag");
    end_attribute();
    attribute_name_ = read_name();
    attribute_text_ = {};
    in_attribute_ = true;
  }

  void end_attribute() {
    if (in_attribute_) shape_.attribute(attribute_name_, attribute_text_);
    in_attribute_ = false;
  }

  void end_tag() {
    end_attribute();
    if (!in_tag_) fail("a tag ends that is not open");
    in_tag_ = false;
  }

  void close_element() {
    if (in_tag_) return fail("an element ends within a tag");
    if (!error_ && !shape_.close()) fail("an element ends that is not open");
  }

  void add(ProgramBuilder::Text piece) {
    if (in_attribute_) {
      builder_.append(attribute_text_, piece);
    } else if (!in_tag_) {
      shape_.text(piece);
    }
  }

  std::string_view decode(std::string_view utf16) {
    if (!pool_.spend(utf16.size())) fail(kOverBudget);
    return error_ ? std::string_view{} : utf16_to_utf8(utf16, pool_.arena);
  }

  std::string_view read_text() {
    const auto units = in_.take<std::uint16_t>();
    return decode(in_.bytes(std::size_t{2} * units));
  }

  // A name: offset of the next one with its hash, own hash, length, text, NUL. It stands inline where it is
  // first used.
  std::string_view read_name() {
    const auto offset = in_.take<std::uint32_t>();
    if (in_.failed) return {};
    Cursor name{in_.chunk, offset, in_.chunk.size()};
    if (offset >= in_.chunk.size()) {
      fail("a name lies beyond the chunk");
      return {};
    }
    name.skip(4 + 2);
    const std::string_view units = name.bytes(std::size_t{2} * name.take<std::uint16_t>());
    if (name.failed) fail("a name runs beyond the chunk");
    if (offset == in_.at) in_.skip(name.at + 2 - offset);
    return decode(units);
  }

  void value() {
    const auto type = in_.take<std::uint8_t>();
    if (static_cast<ValueType>(type) != ValueType::string) return fail("a literal is not a string");
    add(builder_.literal_piece(read_text()));
  }

  void char_ref() {
    const auto code = in_.take<std::uint16_t>();
    std::string text;
    base::append_utf8(text, code >= 0xd800 && code < 0xe000 ? U'\ufffd' : char32_t{code});
    add(builder_.literal_piece(pool_.arena.copy(text)));
  }

  void entity_ref() {
    const std::string_view name = read_name();
    if (const std::string_view text = predefined_entity(name); !text.empty()) {
      return add(builder_.literal_piece(text));
    }
    add(builder_.literal_piece("&"));
    add(builder_.literal_piece(name));
    add(builder_.literal_piece(";"));
  }

  void substitution() {
    const auto index = in_.take<std::uint16_t>();
    BinaryValue as{{}, in_.take<std::uint8_t>()};
    if (options_.values != nullptr && index < options_.values->size()) as = (*options_.values)[index];
    if (!as.is_binary_xml() || in_tag_) return add(builder_.substitution_piece(index));
    shape_.note_child();
    builder_.embed_value(index, shape_.place());
  }

  void template_instance() {
    if (in_tag_) return fail("a template stands within a tag");
    const std::size_t begin = in_.at - 1;
    read_instance(in_);
    skip_values(in_);
    shape_.note_child();
    if (!in_.failed) builder_.embed_bytes(begin, in_.at, shape_.place());
  }

  ProgramPool& pool_;
  const CompileOptions& options_;
  ProgramBuilder builder_;
  WindowsShape<ProgramBuilder> shape_;
  Cursor in_;
  const char* error_ = nullptr;
  std::string_view attribute_name_;
  ProgramBuilder::Text attribute_text_;
  bool in_tag_ = false;
  bool in_attribute_ = false;
};

}  // namespace

Program compile(ProgramPool& pool, WindowsRecord& record, std::size_t begin, std::size_t end,
                const CompileOptions& options) {
  return Compiler(pool, record, begin, end, options).run();
}

}  // namespace vedette::normalize::evtx
