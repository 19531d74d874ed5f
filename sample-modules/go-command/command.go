// Command csv-to-json reads CSV with a header row from standard input and writes one JSON object a row to standard output.
package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
)

func main() {
	if err := convert(os.Stdin, os.Stdout); err != nil {
		os.Stderr.WriteString("csv-to-json: " + err.Error() + "\n")
		os.Exit(1)
	}
}

func convert(in io.Reader, out io.Writer) error {
	rows := csv.NewReader(bufio.NewReader(in))
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(out)
	if err := writeRows(rows, header, json.NewEncoder(buffered)); err != nil {
		return err
	}
	return buffered.Flush()
}

func writeRows(rows *csv.Reader, header []string, out *json.Encoder) error {
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := out.Encode(record(header, row)); err != nil {
			return err
		}
	}
}

func record(header, row []string) map[string]string {
	fields := make(map[string]string, len(header))
	for i, name := range header {
		fields[name] = row[i]
	}
	return fields
}
