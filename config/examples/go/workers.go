package main

import (
	"fmt"
	"sync"
)

func main() {
	jobs, results := make(chan int), make(chan string)
	var workers sync.WaitGroup
	for id := 1; id <= 3; id++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for n := range jobs {
				results <- fmt.Sprintf("worker %d: %d squared is %d", id, n, n*n)
			}
		}()
	}
	go func() {
		for n := 1; n <= 9; n++ {
			jobs <- n
		}
		close(jobs)
		workers.Wait()
		close(results)
	}()
	for line := range results {
		fmt.Println(line)
	}
}
