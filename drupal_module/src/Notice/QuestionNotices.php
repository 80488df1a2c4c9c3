<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\background_agents\Access\OwnAccess;
use Drupal\background_agents\Entity\Run;

/**
 * Who is told that a run waits: the person who asked for it and may answer.
 *
 * @internal
 */
final class QuestionNotices {

  public function __construct(
    private readonly PersonNotices $notices,
    private readonly NoticePeople $people,
    private readonly OwnAccess $access,
  ) {}

  /**
   * Tells that person. Call it in the transaction that claims the question.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param string $question
   *   What stands for the question, see NoticeStore::hash().
   */
  public function tell(Run $run, string $question): void {
    $person = $this->people->person($run->getRequesterId());
    if ($person !== NULL && $this->access->mayAnswer($person, $run)) {
      $this->notices->add(new Notice((int) $person->id(), NoticeKind::Question, "{$run->id()}:$question", $run->getAgentId(), (int) $run->id()));
    }
  }

}
