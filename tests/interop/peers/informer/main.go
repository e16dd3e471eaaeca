// Command informer keeps shared informers of client-go, and tells what is in their stores.
//
// Orders come in as lines of JSON: {"name", "server"} starts an informer of HTTPRoutes at a server, {"name", "dump": true} asks for
// the objects in its store, {"name", "stop": true} ends it. Dumps and stops are answered with one line: {"name", "objects", "events"}.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

var routes = schema.GroupVersionResource{Group: "gateway.networking.k8s.io", Version: "v1", Resource: "httproutes"}

type order struct {
	Name   string `json:"name"`
	Server string `json:"server"`
	Dump   bool   `json:"dump"`
	Stop   bool   `json:"stop"`
}

type answer struct {
	Name    string `json:"name"`
	Objects []any  `json:"objects"`
	Events  int64  `json:"events"`
	Synced  bool   `json:"synced"`
}

type watcher struct {
	factory  dynamicinformer.DynamicSharedInformerFactory
	informer cache.SharedIndexInformer
	events   atomic.Int64
	cancel   context.CancelFunc
}

func start(server string) (*watcher, error) {
	client, err := dynamic.NewForConfig(&rest.Config{Host: server, UserAgent: "informer", QPS: 100, Burst: 100})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	factory := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	found := &watcher{factory: factory, informer: factory.ForResource(routes).Informer(), cancel: cancel}
	count := func() { found.events.Add(1) }
	_, err = found.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { count() },
		UpdateFunc: func(any, any) { count() },
		DeleteFunc: func(any) { count() },
	})
	factory.Start(ctx.Done())
	return found, err
}

func run() error {
	watchers := map[string]*watcher{}
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var said order
		if err := json.Unmarshal(lines.Bytes(), &said); err != nil {
			return err
		}
		found := watchers[said.Name]
		switch {
		case said.Server != "":
			begun, err := start(said.Server)
			if err != nil {
				return err
			}
			watchers[said.Name] = begun
		case said.Dump:
			told := answer{said.Name, found.informer.GetStore().List(), found.events.Load(), found.informer.HasSynced()}
			if err := out.Encode(told); err != nil {
				return err
			}
		case said.Stop:
			found.cancel()
			found.factory.Shutdown()
			delete(watchers, said.Name)
			if err := out.Encode(answer{Name: said.Name}); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

func main() {
	klog.InitFlags(nil)
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
