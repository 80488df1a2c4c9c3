<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Diff\FieldDiff;
use Drupal\background_agents\Review\ProposedRules;
use Drupal\background_agents\Review\Remark;
use Drupal\background_agents\Review\Remarks;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Rounds;
use Drupal\background_agents\Review\Seen;
use Drupal\background_agents\Review\SendBack;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents\Ui\DecisionNotice;
use Drupal\background_agents\Ui\DraftRounds;
use Drupal\Core\Form\FormStateInterface;
use Symfony\Component\HttpFoundation\RequestStack;

/**
 * Sending a draft back, with remarks on the whole and on single fields.
 *
 * @internal
 */
final class SendBackPart extends ReviewFormPartBase {

  /**
   * Where the button of the bar leads: its section opens by itself.
   */
  private const string REMARK = 'ba-send-back-remark';

  public function __construct(
    private readonly SendBack $sendBack,
    private readonly DraftRounds $rounds,
    private readonly ProposedRules $proposed,
    private readonly StopSwitch $stopSwitch,
    private readonly DecisionNotice $notice,
    private readonly RequestStack $requests,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    if (!$page->isOpen) {
      return [];
    }
    $run = $page->change->getRun();
    if ($run !== NULL && !Rounds::allows($run->getRound()) && !$this->isOffered($page)) {
      return ['#markup' => '<p class="ba-note">' . $this->t('This draft cannot be sent back any more: @count times are enough. Accept what is good, edit the draft, or refuse it.', ['@count' => Rounds::MOST]) . '</p>'];
    }
    return !$this->isOffered($page) ? [] : [
      '#type' => 'details',
      '#title' => $this->t('Send the draft back'),
      '#open' => $this->isSent(),
      'remark' => $this->remark($this->t('What the agent is to change')) + [
        '#id' => self::REMARK,
        '#description' => $this->t('The agent works on the draft again, with what you say here and below single fields. All its drafts stay until then.'),
      ],
      'propose_remarks' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Propose these remarks as rules of the agent'),
        '#description' => $this->t('Who administers the agent decides whether each later run is told them, too.'),
      ],
      'send_back' => ['#type' => 'submit', '#name' => 'send_back', '#value' => $this->t('Send back')],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function field(ReviewPage $page, FieldDiff $diff): array {
    return !$this->isOffered($page) ? [] : [
      '#type' => 'details',
      '#title' => $this->t('Remark on @field', ['@field' => $diff->label]),
      '#open' => $this->isSent(),
      'remark' => $this->remark($this->t('What the agent is to change in @field', ['@field' => $diff->label])) + [
        '#description' => $this->t('It is sent with "Send back".'),
      ],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function buttons(ReviewPage $page): array {
    return !$this->isOffered($page) ? [] : ['to_send_back' => self::opener($this->t('Send back …'), self::REMARK)];
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    if (trim((string) $form_state->getValue('remark')) === '' && self::fieldRemarks($form_state) === []) {
      $form_state->setErrorByName('remark', $this->t('Say what the agent is to change, here or below a field.'));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function submit(Change $change, Seen $seen, FormStateInterface $form_state): void {
    $run = $change->getRun() ?? throw new ReviewRefused($this->t('The run of this draft is not there any more.'));
    $remarks = Remarks::on($change, (string) $form_state->getValue('remark'), self::fieldRemarks($form_state), $seen);
    try {
      $began = $this->sendBack->send($run, $remarks);
    }
    catch (ReviewRefused $refused) {
      // What was written stays in the form, beside what there is to see now.
      $form_state->setUserInput(array_diff_key($form_state->getUserInput(), ['seen' => TRUE]));
      $form_state->setRebuild();
      throw $refused;
    }
    foreach ($form_state->getValue('propose_remarks') ? $remarks->list : [] as $remark) {
      $this->proposed->propose($change->getAgentId(), $remark->text);
    }
    $arguments = ['@label' => $change->getTargetLabel()];
    $this->notice->say($change, match (TRUE) {
      $began => $this->t('You have sent the draft of "@label" back. The agent works on it again.', $arguments),
      $this->stopSwitch->isStopped() => $this->t('You have sent the draft of "@label" back. The agent works on it again when agents are started again.', $arguments),
      default => $this->t('You have sent the draft of "@label" back. The agent works on it again as soon as its present run has ended.', $arguments),
    });
  }

  /**
   * Whether the person can send the draft back now.
   *
   * Who has sent it, and comes too late, is told so, and keeps their words.
   */
  private function isOffered(ReviewPage $page): bool {
    $run = $page->change->getRun();
    return $page->isOpen && ($this->isSent() || ($run !== NULL && Rounds::allows($run->getRound()) && $run->getAgent()?->status() && $this->rounds->open($page->change) === NULL));
  }

  /**
   * Whether this request sends it back, or tried to.
   */
  private function isSent(): bool {
    return $this->requests->getCurrentRequest()?->request->has('send_back') ?? FALSE;
  }

  private function remark(mixed $title): array {
    return ['#type' => 'textarea', '#title' => $title, '#rows' => 3, '#maxlength' => Remark::LONGEST];
  }

  /**
   * What was said about single fields.
   *
   * @return array<string, string>
   *   Texts by name of the field; none empty.
   */
  private static function fieldRemarks(FormStateInterface $form_state): array {
    $texts = [];
    foreach ((array) $form_state->getValue('fields') as $name => $values) {
      $texts[(string) $name] = trim((string) ($values['more']['send_back']['remark'] ?? ''));
    }
    return array_filter($texts, static fn (string $text): bool => $text !== '');
  }

}
