// A real client and server over the loopback interface.
#include "listeners/otlp_grpc.hpp"

#include <filesystem>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "test/http_doubles.hpp"
#include "test/otlp_messages.hpp"
#include "vedette/base/files.hpp"
#include "vedette/net/tls.hpp"

namespace vedette::ingest::test {
namespace {

constexpr const char* kExport = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

class OtlpGrpc : public testing::Test {
 protected:
  void begin(OtlpGrpcOptions options = {}) {
    options.listen = "127.0.0.1:0";
    HttpDoor::Options door;
    door.listener = "otlp_grpc";
    listener_ = make_otlp_grpc_listener(std::make_shared<HttpDoor>(intake_, metrics_, door), options);
    const base::Status started = listener_->start();
    ASSERT_TRUE(started.ok()) << started.error().message;
    channel_ = grpc::CreateChannel(listener_->where(), grpc::InsecureChannelCredentials());
  }

  grpc::Status call(const std::string& method, const std::string& request, std::string& response,
                    const std::string& token = {}) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    grpc::CompletionQueue queue;
    const grpc::Slice slice(request);
    const auto reader = stub.PrepareUnaryCall(&context, method, grpc::ByteBuffer(&slice, 1), &queue);
    grpc::ByteBuffer buffer;
    grpc::Status status;
    reader->StartCall();
    reader->Finish(&buffer, &status, &queue);
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    response.clear();
    std::vector<grpc::Slice> slices;
    if (status.ok() && buffer.Dump(&slices).ok()) {
      for (const grpc::Slice& part : slices) {
        response.append(reinterpret_cast<const char*>(part.begin()), part.size());
      }
    }
    return status;
  }

  RecordingIntake intake_;
  base::Metrics metrics_;
  std::unique_ptr<Listener> listener_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(OtlpGrpc, TakesLogs) {
  begin();
  std::string response = "none";
  const grpc::Status status = call(kExport, sample_request(), response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response, "");
  ASSERT_EQ(intake_.batches.size(), 1u);
  EXPECT_EQ(intake_.batches[0].records.size(), 2u);
  EXPECT_EQ(intake_.batches[0].source->path, "otlp_grpc://127.0.0.1");
  listener_->drain(std::chrono::seconds(1));
}

TEST_F(OtlpGrpc, RefusesWhatItDoesNotTake) {
  OtlpGrpcOptions options;
  options.tokens = "secret";
  options.max_message_bytes = 64 << 10;
  begin(options);
  std::string response;
  EXPECT_EQ(call(kExport, sample_request(), response).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(call(kExport, sample_request(), response, "wrong").error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(call(kExport, "\x0a\xff", response, "secret").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(call("/opentelemetry.proto.collector.trace.v1.TraceService/Export", "", response, "secret")
                .error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(call(kExport, bytes_field(1, std::string(100 << 10, 'x')), response, "secret").error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(intake_.batches.empty());
  EXPECT_TRUE(call(kExport, sample_request(), response, "secret").ok());
}

TEST_F(OtlpGrpc, OverloadTellsWhenToTryAgain) {
  begin();
  intake_.full = true;
  std::string response;
  const grpc::Status status = call(kExport, sample_request(), response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_details(),
            otlp_status(false, 8, "the intake queue is full", std::chrono::seconds(7)));
  intake_.full = false;
  intake_.closed = base::make_error(base::ErrorCode::cancelled, "closing");
  EXPECT_EQ(call(kExport, sample_request(), response).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(OtlpGrpc, SpeaksTls) {
  const std::string folder = testing::TempDir() + "vedette-grpc-" + std::to_string(::getpid());
  OtlpGrpcOptions options;
  options.certificate_file = folder + ".pem";
  options.key_file = folder + ".key";
  ASSERT_TRUE(net::make_self_signed(options.certificate_file, options.key_file, {"localhost"}).ok());
  begin(options);
  grpc::SslCredentialsOptions trusted;
  trusted.pem_root_certs = base::read_file(options.certificate_file).value();
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  std::string response;
  EXPECT_FALSE(call(kExport, sample_request(), response).ok());  // plain text
  channel_ = grpc::CreateCustomChannel(listener_->where(), grpc::SslCredentials(trusted), arguments);
  const grpc::Status status = call(kExport, sample_request(), response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(intake_.batches.size(), 1u);
  std::filesystem::remove(options.certificate_file);
  const auto other = make_otlp_grpc_listener(
      std::make_shared<HttpDoor>(intake_, metrics_, HttpDoor::Options{"otlp_grpc"}), options);
  EXPECT_FALSE(other->start().ok());
  std::filesystem::remove(options.key_file);
}

TEST_F(OtlpGrpc, APortInUseIsAnError) {
  begin();
  HttpDoor::Options door;
  door.listener = "otlp_grpc";
  OtlpGrpcOptions options;
  options.listen = listener_->where();
  const auto other = make_otlp_grpc_listener(std::make_shared<HttpDoor>(intake_, metrics_, door), options);
  EXPECT_FALSE(other->start().ok());
}

}  // namespace
}  // namespace vedette::ingest::test
