// Package setup leads the tests of gocloud.dev to a local cloud. It has the functions of the package
// with this name in gocloud.dev that the tests of the drivers for Google Cloud use.
package setup

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"gocloud.dev/gcp"
	"golang.org/x/oauth2/google"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Record says that the tests do not replay what was recorded: they wait for what has to happen, and
// sign with a key.
var Record = &record

var record = true

// FakeGCPCredentials returns credentials that no service accepts.
func FakeGCPCredentials(ctx context.Context) (*google.Credentials, error) {
	return google.CredentialsFromJSON(ctx, []byte(`{"type": "service_account", "project_id": "my-project-id"}`))
}

// FakeGCPDefaultCredentials makes such credentials the default ones.
func FakeGCPDefaultCredentials(t *testing.T) func() {
	text := `{"client_id": "a", "client_secret": "b", "refresh_token": "c", "type": "authorized_user"}`
	path := t.TempDir() + "/credentials.json"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", path)
	return func() {}
}

// local sends all requests to one address.
type local struct{ base *url.URL }

func (l local) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.URL.Scheme, request.URL.Host, request.Host = "http", l.base.Host, ""
	return http.DefaultTransport.RoundTrip(request)
}

// NewGCPClient returns a client for Cloud Storage.
func NewGCPClient(ctx context.Context, t *testing.T) (*gcp.HTTPClient, http.RoundTripper, func()) {
	base, err := url.Parse(os.Getenv("LOCAL_STORAGE"))
	if err != nil {
		t.Fatal(err)
	}
	transport := local{base}
	return &gcp.HTTPClient{Client: http.Client{Transport: transport}}, transport, func() {}
}

// NewGCPgRPCConn returns a connection to the local service that stands for an endpoint of Google's.
func NewGCPgRPCConn(ctx context.Context, t *testing.T, endPoint, api string) (*grpc.ClientConn, func()) {
	service, _, _ := strings.Cut(endPoint, ".")
	address := map[string]string{
		"pubsub":        os.Getenv("PUBSUB_EMULATOR_HOST"),
		"cloudkms":      os.Getenv("LONGSHORE_KMS_ENDPOINT"),
		"secretmanager": os.Getenv("LONGSHORE_SECRETS_ENDPOINT"),
	}[service]
	credentials := grpc.WithTransportCredentials(insecure.NewCredentials())
	conn, err := grpc.NewClient(strings.TrimPrefix(address, "http://"), credentials)
	if err != nil {
		t.Fatal(err)
	}
	return conn, func() { conn.Close() }
}

// HasDockerTestEnvironment says whether tests may start containers.
func HasDockerTestEnvironment() bool { return false }
