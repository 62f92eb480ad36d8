import { Button, FileInput, Group, Modal, MultiSelect, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { usePlant } from '@/api/plant';
import { Problem } from '@/ui/page';

import { FILES } from './Article';

const BYTES_MAX = 16 * 1024 * 1024;

interface Refusal { errors?: { message?: string }[] }

/** Uploads a file. What it says of itself in its front matter holds where nothing is entered here. */
export function AddDocument({ opened, onClose, onAdded }: { opened: boolean; onClose: () => void; onAdded: () => void }) {
  const plant = usePlant();
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const [title, setTitle] = useState('');
  const [unit, setUnit] = useState<string | null>(null);
  const [tags, setTags] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const tooLarge = file !== null && file.size > BYTES_MAX;
  const send = async () => {
    if (!file) return;
    setBusy(true);
    setProblem(null);
    const facts = new URLSearchParams({ name: file.name });
    if (title.trim()) facts.set('title', title.trim());
    if (unit) facts.set('unit', unit);
    if (tags.length > 0) facts.set('tags', tags.join(','));
    try {
      const answer = await fetch(`${FILES}?${facts.toString()}`, { method: 'POST', credentials: 'same-origin', headers: { 'content-type': 'application/octet-stream' }, body: file });
      if (!answer.ok) {
        const told = (await answer.json().catch(() => ({}))) as Refusal;
        setProblem(told.errors?.[0]?.message ?? `The server answers ${answer.status}.`);
        return;
      }
      const { id } = (await answer.json()) as { id: string };
      setFile(null); setTitle(''); setUnit(null); setTags([]);
      onAdded();
      onClose();
      void navigate(`/knowledge/${id}`);
    } catch {
      setProblem('The server cannot be reached; nothing was added.');
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened={opened} onClose={onClose} title="Add a document" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack gap="sm">
        <FileInput label="File" description="Markdown, text or PDF with text in it, at most 16 MiB" placeholder="Choose a file" accept=".md,.markdown,.txt,.text,.pdf" value={file} onChange={setFile} error={tooLarge ? 'The file is larger than 16 MiB.' : null} clearable />
        <TextInput label="Title" placeholder="as the document says" maxLength={200} value={title} onChange={(event) => setTitle(event.currentTarget.value)} />
        <Select label="Unit" clearable placeholder="the whole plant" data={plant.units.map(({ key, name }) => ({ value: key, label: name }))} value={unit} onChange={setUnit} />
        <MultiSelect label="Tags" searchable placeholder={tags.length === 0 ? 'which it is about' : undefined} limit={60} maxValues={30} data={plant.tags.map(({ key, name }) => ({ value: key, label: `${key} ${name}` }))} value={tags} onChange={setTags} />
        <Problem>{problem}</Problem>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button disabled={!file || tooLarge} loading={busy} onClick={() => void send()}>Add</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
