"""Lists of objects."""

from .support import Scenario


class Lists(Scenario):
    def setUp(self):
        super().setUp()
        for name in ("a", "a/", "a/1.txt", "a/2.md", "a/b/3.txt", "c/4.txt", "d"):
            self.put(name)

    def test_a_prefix_and_offsets_bound_a_list(self):
        self.assertEqual(self.names(prefix="a/"), ["a/", "a/1.txt", "a/2.md", "a/b/3.txt"])
        self.assertEqual(self.names(start_offset="a/2", end_offset="d"), ["a/2.md", "a/b/3.txt", "c/4.txt"])

    def test_a_delimiter_folds_names(self):
        listed = self.client.list_blobs(self.bucket, delimiter="/")
        self.assertEqual([blob.name for blob in listed], ["a", "d"])
        self.assertEqual(listed.prefixes, {"a/", "c/"})
        self.assertEqual(self.names(delimiter="/", include_trailing_delimiter=True), ["a", "a/", "d"])

    def test_pages_hold_everything_once(self):
        listed = self.client.list_blobs(self.bucket, page_size=2)
        pages = [[blob.name for blob in page] for page in listed.pages]
        self.assertEqual([len(page) for page in pages], [2, 2, 2, 1])
        self.assertEqual(sum(pages, []), self.names())
        self.assertEqual(len(self.names(max_results=3)), 3)

    def test_a_glob_chooses_names(self):
        self.assertEqual(self.names(match_glob="**.txt"), ["a/1.txt", "a/b/3.txt", "c/4.txt"])
        self.assertEqual(self.names(match_glob="a/*.{txt,md}"), ["a/1.txt", "a/2.md"])

    def test_fields_are_a_selection(self):
        listed = self.client.list_blobs(self.bucket, fields="items(name),nextPageToken", prefix="d")
        self.assertEqual([(blob.name, blob.size) for blob in listed], [("d", None)])

    def test_buckets_are_listed_in_pages(self):
        listed = self.client.list_buckets(prefix=self.bucket.name, page_size=1)
        self.assertEqual([bucket.name for bucket in listed], [self.bucket.name])
