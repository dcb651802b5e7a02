// What Go's checksum database makes of our logs: one JSON question a line, one answer a line.
//
// Built against Debian's golang-golang-x-mod-dev, without modules or a network:
// GO111MODULE=off GOPATH=/usr/share/gocode go build
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Do            string
	Key, Note     string
	Proof         [][]byte
	Size, Old     int64
	Index         int64
	Root, OldRoot []byte
	Leaf          []byte
	Tiles         map[string][]byte
	Entries       [][]byte
}

func hash(raw []byte) (h tlog.Hash) {
	copy(h[:], raw)
	return h
}

func hashes(raw [][]byte) (all []tlog.Hash, err error) {
	for _, one := range raw {
		if len(one) != tlog.HashSize {
			return nil, fmt.Errorf("a hash of %d bytes", len(one))
		}
		all = append(all, hash(one))
	}
	return all, nil
}

// served reads our tiles; Go's paths name the tiles' height, ours do not.
type served map[string][]byte

func (tiles served) Height() int { return 8 }

func (tiles served) SaveTiles([]tlog.Tile, [][]byte) {}

func (tiles served) ReadTiles(wanted []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		raw, known := tiles[path]
		if !known {
			return nil, fmt.Errorf("no %s", path)
		}
		data = append(data, raw)
	}
	return data, nil
}

// answer is "ok" and what was asked for, or the reason why not.
func answer(q question) (string, error) {
	switch q.Do {
	case "note": // is this note signed by this key? its text
		verifier, err := note.NewVerifier(q.Key)
		if err != nil {
			return "", err
		}
		opened, err := note.Open([]byte(q.Note), note.VerifierList(verifier))
		if err != nil {
			return "", err
		}
		return opened.Text, nil
	case "sign": // a note by Go, over this text
		signer, err := note.NewSigner(q.Key)
		if err != nil {
			return "", err
		}
		signed, err := note.Sign(&note.Note{Text: q.Note}, signer)
		return string(signed), err
	case "inclusion":
		proof, err := hashes(q.Proof)
		if err != nil {
			return "", err
		}
		return "", tlog.CheckRecord(proof, q.Size, hash(q.Root), q.Index, hash(q.Leaf))
	case "consistency":
		proof, err := hashes(q.Proof)
		if err != nil {
			return "", err
		}
		return "", tlog.CheckTree(proof, q.Size, hash(q.Root), q.Old, hash(q.OldRoot))
	case "tiles": // every tile authenticated, every entry's hash in its place
		tree := tlog.Tree{N: q.Size, Hash: hash(q.Root)}
		reader := tlog.TileHashReader(tree, served(q.Tiles))
		for index, entry := range q.Entries {
			at := tlog.StoredHashIndex(0, int64(index))
			found, err := reader.ReadHashes([]int64{at})
			if err != nil {
				return "", err
			}
			if found[0] != tlog.RecordHash(entry) {
				return "", fmt.Errorf("entry %d is another", index)
			}
		}
		proof, err := tlog.ProveRecord(q.Size, q.Index, reader)
		if err != nil {
			return "", err
		}
		text := ""
		for _, one := range proof {
			text += fmt.Sprintf("%x ", one[:])
		}
		return strings.TrimSpace(text), nil
	}
	return "", fmt.Errorf("unknown question %q", q.Do)
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	decoder := json.NewDecoder(lines)
	encoder := json.NewEncoder(os.Stdout)
	for decoder.More() {
		var q question
		if err := decoder.Decode(&q); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		said, err := answer(q)
		reply := map[string]string{"said": said}
		if err != nil {
			reply = map[string]string{"refused": err.Error()}
		}
		encoder.Encode(reply)
	}
}
