module example.com/csv-to-json

go 1.26
