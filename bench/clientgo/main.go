// Program clientgo measures what client-go spends on the frames of a watch: it decodes each into a typed HTTPRoute, with
// the codec, the stream decoder and the framer that client-go's REST client puts together for a typed watch.
//
// Input: a file of frames, one a line, and which ways to go. For each line on standard input that holds a number N it
// decodes the whole file N times and prints one line of JSON; so a caller can take turns with other programs. One
// goroutine works at a time.
//
// Rules kept here:
//   - The codec factory is the clientset's own (without conversion), as rest.Config gives it to a typed client.
//   - "object": the bytes of a frame are at hand; only what is in them is decoded. This is the faster of the two.
//   - "stream": the frames come as one stream of bytes, which client-go's framer has to split first.
//   - An object that is no HTTPRoute with a name ends the program.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/runtime/serializer/streaming"
	restwatch "k8s.io/client-go/rest/watch"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/gateway-api/pkg/client/clientset/versioned/scheme"
)

// codec holds the decoders that rest.Request.Watch makes for a typed client that speaks JSON.
type codec struct {
	object kruntime.Decoder
	stream kruntime.Serializer
	framer kruntime.Framer
}

func newCodec() (codec, error) {
	factory := serializer.NewCodecFactory(scheme.Scheme).WithoutConversion()
	info, ok := kruntime.SerializerInfoForMediaType(factory.SupportedMediaTypes(), kruntime.ContentTypeJSON)
	if !ok || info.StreamSerializer == nil {
		return codec{}, errors.New("the clientset has no stream decoder for JSON")
	}
	object := factory.DecoderToVersion(info.Serializer, gatewayv1.SchemeGroupVersion)
	return codec{object, info.StreamSerializer.Serializer, info.StreamSerializer.Framer}, nil
}

// frame decodes one frame as restwatch.Decoder does, without the framer.
func (c codec) frame(line []byte) (kruntime.Object, error) {
	var event metav1.WatchEvent
	if _, _, err := c.stream.Decode(line, nil, &event); err != nil {
		return nil, err
	}
	return kruntime.Decode(c.object, event.Object.Raw)
}

func (c codec) frames(lines [][]byte) (int, error) {
	for _, line := range lines {
		object, err := c.frame(line)
		if err != nil {
			return 0, err
		}
		if err := check(object); err != nil {
			return 0, err
		}
	}
	return len(lines), nil
}

func (c codec) streamed(body []byte) (int, error) {
	reader := c.framer.NewFrameReader(io.NopCloser(bytes.NewReader(body)))
	decoder := restwatch.NewDecoder(streaming.NewDecoder(reader, c.stream), c.object)
	defer decoder.Close()
	for count := 0; ; count++ {
		_, object, err := decoder.Decode()
		if errors.Is(err, io.EOF) {
			return count, nil
		}
		if err != nil {
			return 0, err
		}
		if err := check(object); err != nil {
			return 0, err
		}
	}
}

func check(object kruntime.Object) error {
	if route, ok := object.(*gatewayv1.HTTPRoute); !ok || route.Name == "" {
		return fmt.Errorf("a frame decoded to %T, not to a named HTTPRoute", object)
	}
	return nil
}

// spent returns the CPU time of this process, the garbage collector's included.
func spent() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, err
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

// rate returns the frames per second of CPU time of work done rounds times.
func rate(rounds int, work func() (int, error)) (float64, error) {
	frames := 0
	begin, err := spent()
	if err != nil {
		return 0, err
	}
	for range rounds {
		count, err := work()
		if err != nil {
			return 0, err
		}
		frames += count
	}
	end, err := spent()
	if err != nil {
		return 0, err
	}
	return float64(frames) / (end - begin).Seconds(), nil
}

func run(path string, names []string) error {
	codec, err := newCodec()
	if err != nil {
		return err
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := bytes.Split(bytes.TrimSpace(body), []byte("\n"))
	ways := map[string]func() (int, error){
		"object": func() (int, error) { return codec.frames(lines) },
		"stream": func() (int, error) { return codec.streamed(body) },
	}
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		rounds, err := strconv.Atoi(orders.Text())
		if err != nil {
			return err
		}
		rates := map[string]float64{}
		for _, name := range names {
			work, known := ways[name]
			if !known {
				return fmt.Errorf("there is no way %q", name)
			}
			if rates[name], err = rate(rounds, work); err != nil {
				return err
			}
		}
		if err := json.NewEncoder(os.Stdout).Encode(rates); err != nil {
			return err
		}
	}
	return orders.Err()
}

func main() {
	runtime.GOMAXPROCS(1)
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: clientgo FILE-OF-FRAMES {object|stream}... < rounds, one number a line")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "clientgo:", err)
		os.Exit(1)
	}
}
