#include "http_connection.hpp"

#include <algorithm>
#include <utility>

#include "http_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::net {

namespace {

constexpr std::size_t kHeadReadBytes = std::size_t{8} << 10;
constexpr std::size_t kBodyReadBytes = std::size_t{64} << 10;
constexpr std::size_t kIdleBufferBytes = std::size_t{16} << 10;
// A bomb of gzip makes 16 MiB of this: the time that one turn may take.
constexpr std::size_t kDecodeStep = std::size_t{16} << 10;
constexpr int kStepsOfTurn = 16;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr HttpProblem kNoMemoryNow{503, "too much is being received at the moment"};

}  // namespace

HttpResponse HttpCore::error_response(int status, std::string_view reason) const {
  HttpResponse response;
  if (options.error_response) {
    response = options.error_response(status, reason);
  } else {
    response.status = status;
    response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    response.body.append(reason).append("\n");
  }
  if (status == 503 && find_header(response.headers, "Retry-After").empty()) {
    response.headers.emplace_back("Retry-After", "1");
  }
  if (status == 415) response.headers.emplace_back("Accept-Encoding", "gzip, deflate, zstd");
  return response;
}

std::shared_ptr<Connection> HttpCore::make_connection(Shard& shard, Arrival arrival) {
  return std::make_shared<HttpConnection>(std::static_pointer_cast<HttpCore>(shared_from_this()), shard,
                                          std::move(arrival));
}

std::string HttpCore::refusal() {
  HttpResponse response = error_response(503, "there are too many connections");
  std::string bytes;
  write_head(response, BodyFraming::length, false, 1, bytes);
  return bytes + response.body;
}

HttpConnection::HttpConnection(std::shared_ptr<HttpCore> core, Shard& shard, Arrival arrival)
    : Connection(core, shard, std::move(arrival)), http_(*core) {}

HttpConnection::~HttpConnection() {
  if (exchange_ != nullptr) exchange_->client_has_gone(true);
}

void HttpConnection::sweep(Clock::time_point now) {
  Connection::sweep(now);
  if (exchange_ == nullptr) return;
  bool reset = false;
  if (!peer_has_ended(reset)) return;
  exchange_->client_has_gone(reset);
  if (reset) force_close();
}

void HttpConnection::begin_drain() {
  if (idle_) interrupt();
}

HttpConnection::Step HttpConnection::step_of(BodyStatus status) {
  switch (status) {
    case BodyStatus::ok:
      return proceed();
    case BodyStatus::malformed:
      return refuse(400, "the body is malformed");
    case BodyStatus::too_large:
      return refuse(413, "the body is too large");
    case BodyStatus::over_budget:
      break;
  }
  return {Step::Kind::refuse, kNoMemoryNow};
}

Task<> HttpConnection::serve() {
  for (;;) {
    Step step = co_await read_head();
    if (step.kind == Step::Kind::proceed) step = co_await serve_request();
    if (step.kind == Step::Kind::refuse) co_await answer_problem(step.problem);
    if (step.kind != Step::Kind::proceed) co_return;
    if (++served_ % kStepsOfTurn == 0) co_await yield_turn();
  }
}

// One read while the head is not whole. False if `step` says why there will be no head.
Task<bool> HttpConnection::read_head_bytes(Step& step) {
  const bool idle = in_.empty();
  std::size_t room = 0;
  char* to = in_.prepare(kHeadReadBytes, room);
  std::size_t count = 0;
  Outcome outcome = Outcome::interrupted;
  if (idle) set_deadline_in(http_.options.idle_timeout);
  if (!idle || !http_.draining()) {
    idle_ = idle;
    outcome = co_await read_some(to, room, count);
    idle_ = false;
  }
  if (outcome == Outcome::interrupted) {
    // A request that came before the drain began is answered.
    outcome = read_now(to, room, count);
    if (count == 0) outcome = Outcome::closed;
  }
  in_.commit(count);
  if (outcome == Outcome::ok) {
    if (idle) set_deadline_in(http_.options.header_timeout);
    co_return true;
  }
  step = close();
  if (outcome == Outcome::timed_out && !idle) step = refuse(408, "the header took too long");
  co_return false;
}

Task<HttpConnection::Step> HttpConnection::read_head() {
  request_ = HttpRequest();
  framing_ = RequestFraming();
  scanner_.reset();
  in_.shrink(kIdleBufferBytes);
  if (!in_.empty()) set_deadline_in(http_.options.header_timeout);
  std::size_t skipped = 0;
  for (;;) {
    // An empty line before a request is tolerated (RFC 9112, 2.2).
    while (scanner_.size() <= 2 && skipped < 4 && in_.view().starts_with("\r\n")) {
      in_.consume(2);
      scanner_.reset();
      skipped += 2;
    }
    const HeadScanner::State state = scanner_.scan(in_.view());
    if (state == HeadScanner::State::malformed) co_return refuse(400, "this is no HTTP request");
    if (scanner_.size() > http_.options.max_header_bytes) co_return refuse(431, "the header is too large");
    if (state == HeadScanner::State::complete) break;
    Step step;
    if (!co_await read_head_bytes(step)) co_return step;
  }
  no_deadline();
  co_return parse();
}

HttpConnection::Step HttpConnection::parse() {
  request_.headers.reserve(16);
  const auto problem = parse_head(in_.view().substr(0, scanner_.size()), request_, framing_);
  if (problem) return {Step::Kind::refuse, *problem};
  in_.consume(scanner_.size());
  request_.peer = peer_;
  http_.counters().requests.fetch_add(1, std::memory_order_relaxed);
  return proceed();
}

HttpConnection::Step HttpConnection::check_announced() {
  if (framing_.content_length > http_.options.max_body_bytes) return step_of(BodyStatus::too_large);
  if (!http_.budget->could_take(framing_.content_length)) return step_of(BodyStatus::over_budget);
  coding_ = ContentCoding::identity;
  bool coded = false;
  for (const auto& [name, value] : request_.headers) {
    if (!base::equals_ignore_case_ascii(name, "content-encoding")) continue;
    const auto coding = parse_content_coding(value);
    if (!coding || std::exchange(coded, true)) return refuse(415, "this Content-Encoding is not supported");
    coding_ = *coding;
  }
  return proceed();
}

Task<HttpConnection::Step> HttpConnection::serve_request() {
  if (http_.options.admit) {
    HttpResponse refusal;
    if (!http_.options.admit(request_, refusal)) {
      const bool keep = !framing_.has_body() && keeps_alive();
      const bool sent = co_await write_answer(std::move(refusal), keep);
      if (sent && keep) co_return proceed();
      if (sent) co_await linger();
      co_return close();
    }
  }
  std::size_t charged = 0;
  if (framing_.has_body()) {
    const Step announced = check_announced();
    if (announced.kind != Step::Kind::proceed) co_return announced;
    const bool plain = coding_ == ContentCoding::identity;
    const std::uint64_t expected = plain ? framing_.content_length : framing_.content_length * 4;
    std::size_t limit = plain ? http_.options.max_body_bytes : http_.options.max_decoded_bytes;
    if (plain && !framing_.chunked) limit = static_cast<std::size_t>(framing_.content_length);
    BodySink sink(request_.body, *http_.budget, std::min<std::uint64_t>(expected, limit), limit);
    const Step step = co_await read_body(sink);
    no_deadline();
    if (step.kind != Step::Kind::proceed) co_return step;
    charged = sink.finish();
  }
  const bool keep = co_await handle(charged);
  co_return keep ? proceed() : close();
}

Task<HttpConnection::Step> HttpConnection::read_body(BodySink& sink) {
  if (framing_.expects_continue && in_.empty()) {
    const Outcome sent = co_await write_all(kContinue, {}, http_.options.write_timeout);
    if (sent != Outcome::ok) co_return close();
  }
  body_began_ = Clock::now();
  body_received_ = 0;
  if (!framing_.chunked && coding_ == ContentCoding::identity) co_return co_await read_plain_body(sink);
  co_return co_await read_coded_body(sink);
}

// For the next byte: neither too long without one, nor too slow on average.
Clock::time_point HttpConnection::body_deadline() const {
  const auto& options = http_.options;
  const auto silence_ends = Clock::now() + options.body_timeout;
  if (options.min_body_rate == 0) return silence_ends;
  const std::chrono::milliseconds enough_for(body_received_ * 1000 / options.min_body_rate);
  return std::min(silence_ends, body_began_ + std::max(options.body_timeout, enough_for));
}

Task<HttpConnection::Step> HttpConnection::read_body_bytes(char* to, std::size_t size, std::size_t& count) {
  set_deadline(body_deadline());
  const Outcome outcome = co_await read_some(to, size, count);
  body_received_ += count;
  if (outcome == Outcome::ok) co_return proceed();
  co_return outcome == Outcome::timed_out ? refuse(408, "the body came too slowly") : close();
}

Task<HttpConnection::Step> HttpConnection::read_plain_body(BodySink& sink) {
  const auto length = static_cast<std::size_t>(framing_.content_length);
  const std::size_t here = std::min(length, in_.size());
  const BodyStatus begun = sink.append(in_.view().substr(0, here));
  if (begun != BodyStatus::ok) co_return step_of(begun);
  in_.consume(here);
  body_received_ = here;
  for (int reads = 1; sink.filled() < length; ++reads) {
    std::size_t size = 0;
    char* to = sink.room(size);
    if (to == nullptr) co_return step_of(BodyStatus::over_budget);
    std::size_t count = 0;
    const Step step = co_await read_body_bytes(to, std::min(size, length - sink.filled()), count);
    if (step.kind != Step::Kind::proceed) co_return step;
    sink.commit(count);
    if (reads % kStepsOfTurn == 0) co_await yield_turn();
  }
  co_return proceed();
}

Task<HttpConnection::Step> HttpConnection::read_coded_body(BodySink& sink) {
  const auto decoder = make_content_decoder(coding_);
  ChunkDecoder chunks;
  std::uint64_t coded = 0;
  for (int steps = 1;; ++steps) {
    const bool whole = framing_.chunked ? chunks.finished() : coded == framing_.content_length;
    if (whole) break;
    if (in_.empty()) {
      std::size_t room = 0;
      char* to = in_.prepare(kBodyReadBytes, room);
      std::size_t count = 0;
      const Step step = co_await read_body_bytes(to, room, count);
      if (step.kind != Step::Kind::proceed) co_return step;
      in_.commit(count);
    }
    const std::string_view here = in_.view().substr(0, kDecodeStep);
    std::string_view data = here;
    std::size_t used = 0;
    if (framing_.chunked) {
      if (chunks.next(here, used, data) != BodyStatus::ok) co_return refuse(400, "the chunks are malformed");
    } else {
      data = here.substr(0, static_cast<std::size_t>(framing_.content_length - coded));
      used = data.size();
    }
    coded += data.size();
    if (coded > http_.options.max_body_bytes) co_return step_of(BodyStatus::too_large);
    const BodyStatus status = decoder != nullptr ? decoder->feed(data, sink) : sink.append(data);
    if (status != BodyStatus::ok) co_return step_of(status);
    in_.consume(used);
    if (steps % (decoder != nullptr ? 2 : kStepsOfTurn) == 0) co_await yield_turn();
  }
  if (decoder != nullptr && coded > 0 && !decoder->finished())
    co_return refuse(400, "the coded body is cut short");
  co_return proceed();
}

Task<bool> HttpConnection::handle(std::size_t charged) {
  ExchangeState::Options options;
  options.chunked = framing_.minor_version > 0;
  options.head_only = request_.method == "HEAD";
  options.write_timeout = http_.options.write_timeout;
  exchange_ = std::make_shared<ExchangeState>(std::move(request_), options, loop_owner(),
                                              std::static_pointer_cast<HttpConnection>(shared_from_this()),
                                              http_.budget, charged);
  request_.method = options.head_only ? "HEAD" : "";
  http_.handler(make_exchange(exchange_));
  bool keep = false;
  for (;;) {
    HttpResponse response;
    response.status = 0;
    std::string pieces;
    bool nothing = false;
    const auto phase = exchange_->take(response, pieces, nothing);
    if (closing()) break;
    if (nothing) {
      co_await wait_for_wake();
      continue;
    }
    if (phase == ExchangeState::Phase::answered || phase == ExchangeState::Phase::let_go) {
      if (phase == ExchangeState::Phase::let_go)
        response = http_.error_response(500, "the request was not answered");
      keep = keeps_alive();
      const bool sent = co_await write_answer(std::move(response), keep);
      if (sent && !keep) co_await close_gently();
      keep = keep && sent;
    } else {
      keep = co_await stream_answer(std::move(response), std::move(pieces),
                                    phase == ExchangeState::Phase::streaming);
    }
    break;
  }
  exchange_->client_has_gone(true);
  exchange_.reset();
  co_return keep;
}

Task<bool> HttpConnection::stream_answer(HttpResponse head, std::string pieces, bool more) {
  const bool chunked = framing_.minor_version > 0;
  const bool keep = chunked && keeps_alive();
  write_head(head, chunked ? BodyFraming::chunked : BodyFraming::until_close, keep, framing_.minor_version,
             head_out_);
  std::string_view first = head_out_;
  HttpResponse none;
  for (;;) {
    const Outcome sent = co_await write_all(first, pieces, http_.options.write_timeout);
    if (sent != Outcome::ok) co_return false;
    exchange_->pieces_sent();
    first = {};
    if (!more) break;
    bool nothing = false;
    none.status = 0;
    const auto phase = exchange_->take(none, pieces, nothing);
    // A stream that is let go must not look whole.
    if (phase == ExchangeState::Phase::let_go || closing()) co_return false;
    more = phase == ExchangeState::Phase::streaming;
    if (nothing) co_await wait_for_wake();
  }
  if (!keep) co_await close_gently();
  co_return keep;
}

Task<bool> HttpConnection::write_answer(HttpResponse response, bool keep) {
  const bool with_body = may_have_body(response.status);
  write_head(response, with_body ? BodyFraming::length : BodyFraming::none, keep, framing_.minor_version,
             head_out_);
  const std::string_view body = with_body && request_.method != "HEAD" ? response.body : std::string_view();
  const Outcome sent = co_await write_all(head_out_, body, http_.options.write_timeout);
  co_return sent == Outcome::ok;
}

Task<> HttpConnection::close_gently() {
  if (in_.empty()) {
    end_of_writing();
  } else {
    co_await linger();
  }
}

Task<> HttpConnection::answer_problem(HttpProblem problem) {
  auto& counters = http_.counters();
  if (problem.status == 413 || problem.status == 431)
    counters.too_large.fetch_add(1, std::memory_order_relaxed);
  if (problem.status == 400 || problem.status == 501 || problem.status == 505) {
    counters.malformed.fetch_add(1, std::memory_order_relaxed);
  }
  no_deadline();
  const bool sent = co_await write_answer(http_.error_response(problem.status, problem.reason), false);
  if (sent) co_await linger();
}

}  // namespace vedette::net
