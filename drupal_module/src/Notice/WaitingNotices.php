<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunListeners;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;

/**
 * Tells people, and models of the site, that runs wait for a person or ended.
 *
 * After the response and by cron, never within the intake. Models and the
 * addresses of the settings are told once, also when that fails; what people
 * are told is kept, and mailed by PersonMails.
 *
 * @internal
 */
final class WaitingNotices {

  /**
   * Runs that are told of at a time.
   */
  private const RUNS = 50;

  public function __construct(
    private readonly NoticeStore $notices,
    private readonly RunStore $runs,
    private readonly RunData $data,
    private readonly RunListeners $listeners,
    private readonly Transactions $transactions,
    private readonly NoticeMail $mail,
    private readonly QuestionNotices $questions,
    private readonly EndNotices $ends,
  ) {}

  /**
   * Tells of all that nobody was told of yet.
   */
  public function send(): void {
    $byAddress = [];
    foreach ($this->notices->untold(self::RUNS) as $notice) {
      if ($notice['kind'] === NoticeStore::END) {
        $this->transactions->run(fn () => $this->tellEnd($notice));
        continue;
      }
      $waiting = $this->transactions->run(fn (): ?array => $this->tellQuestion($notice));
      if ($waiting === NULL) {
        // It was answered, or has ended, in the meantime.
        continue;
      }
      $this->listeners->waits($waiting['run'], $waiting['question']);
      foreach ($this->mail->recipients() as $address) {
        $byAddress[$address][] = $waiting;
      }
    }
    foreach ($byAddress as $address => $waiting) {
      $this->mail->send($address, $waiting);
    }
  }

  /**
   * Notes for people that a run has ended, if no other process does.
   */
  private function tellEnd(array $notice): void {
    $run = $this->notices->take($notice['run'], $notice['question']) ? $this->runs->load($notice['run']) : NULL;
    // It was retried in the meantime.
    if ($run?->isFinal()) {
      $this->ends->tell($run);
    }
  }

  /**
   * Notes for people that a run waits, if no other process does.
   */
  private function tellQuestion(array $notice): ?array {
    $waiting = $this->notices->take($notice['run'], $notice['question']) ? $this->waiting($notice['run'], $notice['question']) : NULL;
    if ($waiting !== NULL) {
      $this->questions->tell($waiting['run'], $notice['question']);
    }
    return $waiting;
  }

  /**
   * The run and its question; NULL when it does not wait for it any more.
   *
   * @return array{run: \Drupal\background_agents\Entity\Run, question: \stdClass}|null
   */
  private function waiting(int $id, string $hash): ?array {
    $run = $this->runs->load($id);
    if ($run === NULL || $run->getState() !== RunState::Waiting || $run->getWaitingFor() !== 'approval') {
      return NULL;
    }
    $asked = $this->data->read($id)['waiting']?->data ?? NULL;
    $question = $asked?->question ?? NULL;
    $isThis = is_string($asked->id ?? NULL) && NoticeStore::hash($asked->id) === $hash;
    return $isThis && $question instanceof \stdClass ? ['run' => $run, 'question' => $question] : NULL;
  }

}
