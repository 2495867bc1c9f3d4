// What the HTTP server makes of any bytes before sockets come in: heads, chunks and codings. The same
// whatever the pieces in which bytes arrive, and within bounds.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "body.hpp"
#include "http_parser.hpp"
#include "vedette/base/check.hpp"

namespace {

using namespace vedette::net;

constexpr std::size_t kMaxBody = 1U << 16;

struct Head {
  HeadScanner::State state = HeadScanner::State::more;
  std::size_t size = 0;
};

Head scan_in_pieces(std::string_view bytes, std::size_t piece) {
  HeadScanner scanner;
  Head head;
  for (std::size_t end = std::min(piece, bytes.size());; end = std::min(end + piece, bytes.size())) {
    head.state = scanner.scan(bytes.substr(0, end));
    if (head.state != HeadScanner::State::more || end == bytes.size()) break;
  }
  head.size = scanner.size();
  return head;
}

struct Body {
  BodyStatus status = BodyStatus::ok;
  bool finished = false;
  std::string bytes;
};

Body read_chunks(std::string_view bytes, std::size_t piece, ContentCoding coding) {
  Body body;
  BodyBudget budget(2 * kMaxBody);
  BodySink sink(body.bytes, budget, 0, kMaxBody);
  const auto decoder = make_content_decoder(coding);
  ChunkDecoder chunks;
  while (!bytes.empty() && !chunks.finished() && body.status == BodyStatus::ok) {
    std::size_t used = 0;
    std::string_view data;
    body.status = chunks.next(bytes.substr(0, piece), used, data);
    if (body.status != BodyStatus::ok) break;
    CHECK(used > 0 && used <= piece && data.size() <= used);
    body.status = decoder != nullptr ? decoder->feed(data, sink) : sink.append(data);
    bytes.remove_prefix(used);
  }
  body.finished = chunks.finished() && (decoder == nullptr || decoder->finished());
  CHECK(sink.filled() <= kMaxBody);
  budget.give_back(sink.finish());
  CHECK(budget.could_take(2 * kMaxBody));
  return body;
}

void check_head(std::string_view head) {
  HttpRequest request;
  RequestFraming framing;
  if (parse_head(head, request, framing)) return;
  CHECK(!request.method.empty() && request.path.starts_with('/') &&
        request.path.find('\0') == std::string::npos);
  CHECK(!framing.chunked || framing.content_length == 0);
  for (const auto& [name, value] : request.headers) {
    CHECK(!name.empty() && name.find_first_of("\r\n :\t") == std::string::npos);
    CHECK(value.find_first_of("\r\n") == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = 1 + data[0] % 64;
  const auto coding = static_cast<ContentCoding>(data[1] % 4);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  const Head whole = scan_in_pieces(bytes, std::max<std::size_t>(bytes.size(), 1));
  const Head pieces = scan_in_pieces(bytes, piece);
  // What is malformed may be told earlier in pieces, but nothing else differs.
  if (whole.state != HeadScanner::State::malformed && pieces.state != HeadScanner::State::malformed) {
    CHECK(whole.state == pieces.state && whole.size == pieces.size);
  }
  CHECK((whole.state == HeadScanner::State::complete) <= (pieces.state != HeadScanner::State::more));
  std::string_view rest = bytes;
  if (whole.state == HeadScanner::State::complete) {
    check_head(bytes.substr(0, whole.size));
    rest.remove_prefix(whole.size);
  }

  const Body at_once = read_chunks(rest, std::max<std::size_t>(rest.size(), 1), coding);
  const Body by_piece = read_chunks(rest, piece, coding);
  CHECK(at_once.finished == by_piece.finished);
  if (at_once.finished && at_once.status == BodyStatus::ok) CHECK(at_once.bytes == by_piece.bytes);

  std::string decoded;
  BodyBudget budget(2 * kMaxBody);
  BodySink sink(decoded, budget, bytes.size(), kMaxBody);
  if (const auto decoder = make_content_decoder(coding)) {
    std::string_view left = bytes;
    while (!left.empty() && decoder->feed(left.substr(0, piece), sink) == BodyStatus::ok) {
      left.remove_prefix(std::min(piece, left.size()));
    }
  }
  CHECK(sink.filled() <= kMaxBody);
  return 0;
}
