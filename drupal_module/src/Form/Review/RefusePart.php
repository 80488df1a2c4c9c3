<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\ProposedRules;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Review\Seen;
use Drupal\background_agents\Ui\DecisionNotice;
use Drupal\Core\Form\FormStateInterface;

/**
 * Refusing a draft, with a reason.
 *
 * @internal
 */
final class RefusePart extends ReviewFormPartBase {

  /**
   * Where the button of the bar leads: its section opens by itself.
   */
  private const string REASON = 'ba-refuse-reason';

  public function __construct(
    private readonly Reviewer $reviewer,
    private readonly ProposedRules $proposed,
    private readonly DecisionNotice $notice,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    return !$page->isOpen ? [] : [
      '#type' => 'details',
      '#title' => $this->t('Refuse the draft'),
      'reason' => [
        '#type' => 'textarea',
        '#title' => $this->t('Reason'),
        '#id' => self::REASON,
        '#rows' => 2,
        '#maxlength' => 2000,
        '#description' => $this->t('It is kept with the run, for those who look after the agent.'),
      ],
      'propose_reason' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Propose it as a rule for the agent'),
        '#description' => $this->t('Who administers the agent decides whether each later run is told it.'),
        '#access' => $page->change->getRun()?->getAgent() !== NULL,
      ],
      'refuse' => [
        '#type' => 'submit',
        '#name' => 'refuse',
        '#value' => $this->t('Refuse'),
        '#attributes' => ['class' => ['button--danger']],
      ],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function buttons(ReviewPage $page): array {
    return !$page->isOpen ? [] : [
      'to_refuse' => self::opener($this->t('Refuse …'), self::REASON),
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function submit(Change $change, Seen $seen, FormStateInterface $form_state): void {
    $reason = trim((string) $form_state->getValue('reason'));
    $this->reviewer->refuse($change, $seen, $reason);
    if ($form_state->getValue('propose_reason')) {
      $this->proposed->propose($change->getAgentId(), $reason);
    }
    $this->notice->say($change, $this->t('You have refused the draft of "@label". Nothing of it was published.', ['@label' => $change->getTargetLabel()]));
  }

}
