// One connection of the HTTP server.
#pragma once

#include <memory>
#include <string>

#include "body.hpp"
#include "connection.hpp"
#include "http_exchange.hpp"
#include "http_parser.hpp"
#include "input_buffer.hpp"

namespace vedette::net {

// What its connections need of the server.
class HttpCore final : public ServerCore {
 public:
  HttpCore(CoreOptions core_options, HttpServerOptions of, HttpHandler calls)
      : ServerCore(std::move(core_options)),
        options(std::move(of)),
        handler(std::move(calls)),
        budget(std::make_shared<BodyBudget>(options.max_buffered_bytes)) {}

  HttpResponse error_response(int status, std::string_view reason) const;

  HttpServerOptions options;
  HttpHandler handler;
  std::shared_ptr<BodyBudget> budget;

 protected:
  std::shared_ptr<Connection> make_connection(Shard& shard, Arrival arrival) override;
  std::string refusal() override;
};

class HttpConnection final : public Connection {
 public:
  HttpConnection(std::shared_ptr<HttpCore> core, Shard& shard, Arrival arrival);
  ~HttpConnection() override;

  void sweep(Clock::time_point now) override;
  void begin_drain() override;

 protected:
  Task<> serve() override;

 private:
  // How a step ended: go on, close at once, or answer `problem` and close.
  struct Step {
    enum class Kind : std::uint8_t { proceed, close, refuse } kind = Kind::proceed;
    HttpProblem problem{0, {}};
  };
  static Step proceed() { return {}; }
  static Step close() { return {Step::Kind::close, {0, {}}}; }
  static Step refuse(int status, std::string_view reason) { return {Step::Kind::refuse, {status, reason}}; }
  static Step step_of(BodyStatus status);

  Task<Step> read_head();
  Task<bool> read_head_bytes(Step& step);
  Step parse();
  Step check_announced();
  // The whole of a request after its head; proceed if another may follow.
  Task<Step> serve_request();
  Task<Step> read_body(BodySink& sink);
  Task<Step> read_plain_body(BodySink& sink);
  Task<Step> read_coded_body(BodySink& sink);
  Clock::time_point body_deadline() const;
  Task<Step> read_body_bytes(char* to, std::size_t size, std::size_t& count);
  Task<bool> handle(std::size_t charged);
  Task<bool> stream_answer(HttpResponse head, std::string pieces, bool more);
  Task<bool> write_answer(HttpResponse response, bool keep);
  Task<> close_gently();
  Task<> answer_problem(HttpProblem problem);
  bool keeps_alive() const { return framing_.keep_alive && !http_.draining() && !closing(); }

  HttpCore& http_;
  InputBuffer in_;
  HeadScanner scanner_;
  HttpRequest request_;
  RequestFraming framing_;
  ContentCoding coding_ = ContentCoding::identity;
  std::shared_ptr<ExchangeState> exchange_;  // while it is handled
  std::string head_out_;
  Clock::time_point body_began_;
  std::uint64_t body_received_ = 0;
  bool idle_ = false;
  int served_ = 0;
};

}  // namespace vedette::net
